"""Part of the domain under trial, beside the sample's files: items that strain every permission.

Column `act`: `fly` (a flight), `cancel` (a cancelled one), `large` (two flights, each too large for the events table),
`fail` (until the switch is there), `die` (with its process, the first time), `slow` (until the switch is there).
`IAM_SWITCH` is the path of a file; what items leave behind lies beside it.
"""

import os
import random
import time
from pathlib import Path

from domain.logbook import AIRCRAFT, CARRIER, FlightCancelled, FlightFlown, log
from tallygate.batch import Context, Item, Worker

SWITCH = Path(os.environ.get("IAM_SWITCH", os.devnull + "-none"))
TOO_LARGE = 700_000  # characters, of which compression leaves some 80 %: an item has 400 KB at most
LETTERS = "".join(chr(code) for code in range(33, 127) if chr(code) not in '"\\')
REFUSED = "refused, until the switch is there; and to fill the record of the chunk: " + "x" * 120


def flown(item: Item, scheduled: str = "2013-01-01T00:00") -> FlightFlown:
    """A flight of one mile in one minute."""
    return FlightFlown("ZZ", 1, "AAA", "BBB", scheduled, 1, 1)


def large(item: Item, context: Context) -> None:
    """Flights by aircraft and by carrier, with a time that is very long."""
    scheduled = "".join(random.Random(item.id).choices(LETTERS, k=TOO_LARGE))
    event = flown(item, scheduled)
    context.execute(AIRCRAFT, item.data["stream"], lambda logbook: log(logbook, event))
    context.execute(CARRIER, item.data["stream"], lambda logbook: log(logbook, event))


def die_once(context: Context) -> None:
    """End the process, unless one has ended here before."""
    grave = SWITCH.with_name(f"died-{context.batch}")
    if not grave.exists():
        grave.touch()
        os._exit(1)


def process(item: Item, context: Context) -> None:
    """Do what the item's `act` says."""
    stream = item.data["stream"]
    match item.data["act"]:
        case "fly":
            context.execute(AIRCRAFT, stream, lambda logbook: log(logbook, flown(item)))
        case "cancel":
            event = FlightCancelled("ZZ", 1, "AAA", "BBB", "2013-01-01T00:00", 1)
            context.execute(AIRCRAFT, stream, lambda logbook: log(logbook, event))
        case "large":
            large(item, context)
        case "fail":
            if not SWITCH.exists():
                raise ValueError(REFUSED)
        case "die":
            die_once(context)
        case "slow":
            while not SWITCH.exists():
                time.sleep(0.2)


STRAIN = Worker(name="strain", process=process, columns=("id", "act", "stream"))

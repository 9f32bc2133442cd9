"""What an item does is written in its column `act`: `ok`, `raise`, `kill`, `stop`, `slow`.

The last two do what the trial's switch says of their batch at the moment: a file of JSON, `{"<batch>": "<mode>"}`,
where the variable TRIAL_SWITCH says. `stop`: `die`, `hang`, or nothing; `slow`: seconds to wait.
"""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from tallygate.batch import Context, Item, Worker
from tallygate.events import Aggregate

from .release import RELEASE

SWITCH = Path(os.environ.get("TRIAL_SWITCH", os.devnull))
REFUSED = "this item is refused, every time"


@dataclass(frozen=True)
class Taken:
    """An item took effect."""

    batch: str
    item: str
    release: int


def evolve(taken: int, _event: Taken) -> int:
    """The number of effects."""
    return taken + 1


TAKEN = Aggregate(category="taken", initial=0, evolve=evolve, events=(Taken,))


def mode(batch: str) -> str:
    """What the switch says of a batch."""
    modes: dict[str, str] = json.loads(SWITCH.read_text() or "{}")
    return modes.get(batch, "")


def stop(batch: str) -> None:
    """Die with the process, or hang until the switch lets go."""
    while (told := mode(batch)) == "hang":
        time.sleep(0.2)
    if told == "die":
        os._exit(1)


def take(item: Item, context: Context) -> None:
    """Misbehave, or take effect."""
    match item.data["act"]:
        case "raise":
            raise ValueError(REFUSED)
        case "kill":
            os._exit(1)
        case "stop":
            stop(context.batch)
        case "slow":
            time.sleep(float(mode(context.batch) or 0))
    context.execute(TAKEN, item.data["stream"], lambda _: [Taken(context.batch, item.id, RELEASE)])


TAKE = Worker(name="take", process=take, columns=("id", "act", "stream"))

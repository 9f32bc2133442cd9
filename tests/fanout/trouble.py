"""Part of the domain under trial, beside the sample's files: what goes wrong in `apply`, and for which flights.

`TROUBLES` is written beside it as JSON: `{"carrier/flight/scheduled/origin": "raise" | "hang" | "grow"}`.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from domain import fleet
from domain.flown import Flown
from domain.logbook import FlightCancelled, FlightFlown
from tallygate.projections import Projection

TROUBLES: Mapping[str, str] = json.loads(Path(__file__).with_name("troubles.json").read_text())
APPLY_SECONDS = 0.3


@dataclass(frozen=True)
class Slow:
    """A view that takes its time."""

    events: int = 0


def apply(view: fleet.Fleet, event: FlightFlown | FlightCancelled) -> fleet.Fleet:
    """As the sample does, but for some flights."""
    match TROUBLES.get(f"{event.carrier}/{event.flight}/{event.scheduled}/{event.origin}"):
        case "raise":
            raise KeyError("a poison flight")
        case "hang":
            time.sleep(3600)
        case "grow":
            return fleet.Fleet({sha256(b"%d" % n).hexdigest(): Flown(n) for n in range(20_000)})
    return fleet.apply(view, event)


def wait(view: Slow, _event: FlightFlown | FlightCancelled) -> Slow:
    """Lag behind."""
    time.sleep(0.5)
    return Slow(view.events + 1)


TROUBLED = replace(fleet.FLEET, apply=apply, apply_seconds=APPLY_SECONDS)
SLOW = Projection(name="slow", of=fleet.FLEET.of, initial=Slow(), apply=wait)

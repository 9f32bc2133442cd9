"""The fleet: per aircraft what it has flown for whom; in total, and per carrier."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.flown import Flown
from domain.logbook import AIRCRAFT, CARRIER, FlightCancelled, FlightFlown
from tallygate.projections import Projection


@dataclass(frozen=True)
class Fleet:
    """What one stream has flown, by carrier. Stored: a new field needs a new version of the projection."""

    carriers: Mapping[str, Flown] = field(default_factory=dict)

    @property
    def all(self) -> Flown:
        """All carriers together."""
        flown = Flown()
        for one in self.carriers.values():
            flown = flown.plus(one)
        return flown


def apply(fleet: Fleet, event: FlightFlown | FlightCancelled) -> Fleet:
    """The view with one more flight."""
    flown = fleet.carriers.get(event.carrier, Flown()).after(event)
    return Fleet({**fleet.carriers, event.carrier: flown})


def totals(fleet: Fleet) -> dict[str, int]:
    """What the stream adds: `flights`, `minutes`, `miles`, `cancelled`, and each of them by carrier, `UA/flights`."""
    counted = {"": fleet.all, **{f"{carrier}/": flown for carrier, flown in fleet.carriers.items()}}
    return {
        f"{prefix}{name}": amount
        for prefix, flown in counted.items()
        for name, amount in (
            ("flights", flown.flights),
            ("minutes", flown.minutes),
            ("miles", flown.miles),
            ("cancelled", flown.cancelled),
        )
        if amount
    }


FLEET = Projection(name="fleet", of=AIRCRAFT, initial=Fleet(), apply=apply, totals=totals)
# The same of the carriers' logbooks: 16 streams, each of them hot.
CARRIERS = Projection(name="carriers", of=CARRIER, initial=Fleet(), apply=apply, totals=totals)

"""The routes: what the fleet has flown between which airports."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.logbook import AIRCRAFT, FlightFlown
from tallygate.projections import Projection


@dataclass(frozen=True)
class Routes:
    """Flights of one aircraft by route, `EWR-IAH`. Stored: a new field needs a new version of the projection."""

    flights: Mapping[str, int] = field(default_factory=dict)


def apply(routes: Routes, event: FlightFlown) -> Routes:
    """The view with one more flight."""
    route = f"{event.origin}-{event.dest}"
    return Routes({**routes.flights, route: routes.flights.get(route, 0) + 1})


def totals(routes: Routes) -> Mapping[str, int]:
    """Flights by route."""
    return routes.flights


# Cancelled flights are passed over: they were flown nowhere.
ROUTES = Projection(name="routes", of=AIRCRAFT, events=(FlightFlown,), initial=Routes(), apply=apply, totals=totals)

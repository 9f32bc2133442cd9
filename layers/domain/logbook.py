"""The logbook: what an aircraft has flown, and what it was to fly and did not.

The names of the events and of their fields are the storage format: they must be versioned with care.
"""

from dataclasses import dataclass, replace

from tallygate.events import Aggregate

# Events


@dataclass(frozen=True)
class FlightFlown:
    """A flight took place."""

    carrier: str
    flight: int
    origin: str
    dest: str
    scheduled: str  # local time of departure, ISO-8601 to the minute, no offset: the record has none
    distance: int  # miles
    air_time: int | None  # minutes; None where the record doesn't say


@dataclass(frozen=True)
class FlightCancelled:
    """A flight was scheduled and did not take place."""

    carrier: str
    flight: int
    origin: str
    dest: str
    scheduled: str
    distance: int  # miles, as scheduled


Event = FlightFlown | FlightCancelled

# State


@dataclass(frozen=True)
class Logbook:
    """What the next decision needs to know."""

    flown: int = 0
    cancelled: int = 0
    miles: int = 0


def evolve(logbook: Logbook, event: Event) -> Logbook:
    """The logbook after an event."""
    match event:
        case FlightFlown():
            return replace(logbook, flown=logbook.flown + 1, miles=logbook.miles + event.distance)
        case FlightCancelled():
            return replace(logbook, cancelled=logbook.cancelled + 1)


# Decisions


def log(_logbook: Logbook, flight: Event) -> list[Event]:
    """Every flight is entered; that it is entered once is the event store's concern, by its command id."""
    return [flight]


AIRCRAFT = Aggregate(category="aircraft", initial=Logbook(), evolve=evolve, events=(FlightFlown, FlightCancelled))
CARRIER = Aggregate(category="carrier", initial=Logbook(), evolve=evolve, events=(FlightFlown, FlightCancelled))

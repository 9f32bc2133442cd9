"""Who waits at the gate is told: each cancelled flight is a message on the outbox's bus."""

from datetime import UTC, datetime

from domain.logbook import AIRCRAFT, FlightCancelled
from tallygate.projections import Effect


def message(event: FlightCancelled) -> dict[str, object]:
    """What is told of a cancelled flight."""
    return {
        "flight": f"{event.carrier}{event.flight}",
        "origin": event.origin,
        "dest": event.dest,
        "scheduled": event.scheduled,
    }


CANCELLATIONS = Effect(
    name="cancellations",
    of=AIRCRAFT,
    events=(FlightCancelled,),
    since=datetime(2026, 1, 1, tzinfo=UTC),
    message=message,
)

"""A view of each counter."""

from tallygate.projections import Projection

from .acts import COUNTER, Begun, Counted


def apply(counted: int, event: Begun | Counted) -> int:
    """The view with one more event."""
    return counted + isinstance(event, Counted)


COUNTS = Projection(
    name="counts", of=COUNTER, initial=0, apply=apply, totals=lambda counted: {"counted": counted} if counted else {}
)

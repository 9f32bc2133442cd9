"""Rebuild and swap: fill a new version of a projection, then point readers to it; and back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tallygate import clock
from tallygate.deadline import Deadline
from tallygate.projections.errors import NotReadyToSwap
from tallygate.projections.pointer import Pointer, Pointers
from tallygate.projections.projection import Projection
from tallygate.projections.sweep_state import Cycle
from tallygate.projections.sweeper import Sweeper, Swept

FRESH = timedelta(hours=1)
BUDGET_READ_UNITS = 2_000.0


def rebuild(sweeper: Sweeper, until: Deadline, progress: Callable[[Swept], None] = lambda _: None) -> Cycle:
    """Sweep until a whole cycle has found every commit taken that was made before it began.

    The version's function must be deployed: it is fed live, and what comes during the sweep is not waited for.

    Parameters
    ----------
    progress : callable
        Called with each part.

    Raises
    ------
    NotReadyToSwap
        The deadline passed before; go on by calling it again.
    """
    while not until.passed:
        swept = sweeper.sweep(BUDGET_READ_UNITS, until)
        progress(swept)
        if swept.cycle.is_clean:
            return swept.cycle
    raise NotReadyToSwap("the time was up before a whole sweep found nothing missing: rebuild again, it goes on")


def swap(
    pointers: Pointers,
    standing: int,
    to: Projection[Any],
    last: Cycle | None,
    until: Deadline,
    *,
    with_parked: bool = False,
    now: clock.Clock = clock.utc_now,
) -> Pointer:
    """Point the readers of a projection to another version of it.

    Parameters
    ----------
    standing : int
        The version that they see.
    last : Cycle or None
        The last whole sweep of the version to be swapped to: see `Sweeper.last`.
    with_parked : bool
        Also where streams are parked in it.

    Raises
    ------
    NotReadyToSwap
        Commits may be missing; the message says what to do.
    """
    if to.version == standing:
        raise NotReadyToSwap(f"readers of {to.name} see version {standing} already")
    if last is None:
        raise NotReadyToSwap(f"{to.id} was never swept to its end: rebuild it first")
    if not last.is_clean:
        raise NotReadyToSwap(
            f"the last sweep of {to.id} found {last.gaps} streams with commits missing and {last.ahead} ahead of the "
            "events table: rebuild it first"
        )
    if now() - last.began > FRESH:
        raise NotReadyToSwap(
            f"the last sweep of {to.id} began at {clock.to_text(last.began)}, over an hour ago: rebuild"
        )
    if last.parked and not with_parked:
        raise NotReadyToSwap(f"{last.parked} streams are parked in {to.id}: mend and unpark them, or swap with them")
    return pointers.swap(to.name, to.version, standing=standing, until=until)

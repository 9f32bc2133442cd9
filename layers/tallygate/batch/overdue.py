"""When a missing chunk is dispatched again: pure rules over its progress record."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from tallygate.batch.records import Progress

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(seconds=160)  # shorter than an attempt may take: one that goes on well is not held up


def overdue(
    missing: Iterable[int], progress: Mapping[int, Progress], now: datetime, *, waiting: bool = False
) -> Iterator[int]:
    """The chunks that nobody works on: never started, or their lease has lapsed; and not dispatched again lately.

    Parameters
    ----------
    waiting : bool
        There are chunks that were sent and not yet taken by a worker: one that was never started may be among them.
        Not so with a map: it has ended before the gatekeeper is asked, so that there "never started" means that nobody
        will.
    """
    for i in missing:
        held = progress.get(i)
        if waiting and (held is None or not held.attempts):
            continue
        if held is None or not (held.held(now) or held.dispatched_lately(now)):
            yield i


def next_dispatch(held: Progress | None, now: datetime) -> datetime:
    """Not to be dispatched again before: the pause doubles each time."""
    doubled = 1 << min(held.dispatches if held else 0, 10)
    return now + min(LONGEST_PAUSE, FIRST_PAUSE * doubled)

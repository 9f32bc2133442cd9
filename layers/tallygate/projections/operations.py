"""What an operator does: look what is parked, let it go on, fill a new version, point readers to it, and back."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Protocol

from msgspec.structs import replace

from tallygate import clock
from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tallygate.events.stream_id import StreamId
from tallygate.projections.errors import NotReadyToSwap, StreamParked
from tallygate.projections.notes import Notes
from tallygate.projections.pointer import Pointer, Pointers
from tallygate.projections.row import Row
from tallygate.projections.rows import Rows
from tallygate.projections.sweep_state import Cycle, SweepState, SweepStates

FRESH = timedelta(hours=1)
FAILURES = 5
FIRST_VERSION = 1  # what readers see where the pointer was never set, unless they declare otherwise


class Sweeping(Protocol):
    """Whoever sweeps a consumer."""

    def __call__(self, consumer: str, /) -> None:
        """Let it go on with its cycle, until its budget is used up. Raises `Unavailable`: ask again."""
        ...


class Operations:
    """Works on the views table alone: the user's code runs in the sweeps.

    Parameters
    ----------
    rows : callable
        The rows of a consumer's id.
    notes : Notes
    sweep : Sweeping
    """

    def __init__(
        self,
        rows: Callable[[str], Rows],
        notes: Notes,
        sweep: Sweeping,
        *,
        now: clock.Clock = clock.utc_now,
        pause_seconds: float = 1.0,
    ) -> None:
        self._rows = rows
        self._notes = notes
        self._sweep = sweep
        self._now = now
        self._pause_seconds = pause_seconds
        self._pointers = Pointers(notes, now=now)

    def parked(self, consumer: str, until: Deadline) -> Iterator[Row]:
        """The rows that stand still, eventually consistent. Reads all rows: half a read unit per 4 KB."""
        rows = self._rows(consumer)
        for bucket in range(rows.buckets):
            after = ""
            while True:
                page = rows.page(bucket, after, until)
                yield from (row for row in page.rows if row.parked is not None)
                if not (after := page.after):
                    break

    def unpark(self, consumer: str, stream: StreamId, until: Deadline) -> Row:
        """Let a parked stream go on, with its next event or the next sweep. Returns the row as it was.

        Raises
        ------
        StreamParked
            It is not parked, or somebody else unparked it meanwhile.
        """
        rows = self._rows(consumer)
        row = rows.get(stream, until)
        if row is None or row.parked is None:
            what = "has no row" if row is None else f"is at version {row.version} and not parked"
            raise StreamParked(f"{stream} {what} in {consumer}: look at what is parked there")
        if not rows.put(replace(row, parked=None), row, until).won:
            raise StreamParked(f"{stream} was unparked in {consumer} by somebody else, or parked anew: look again")
        return row

    def state(self, consumer: str, until: Deadline) -> SweepState:
        """The sweep that is under way, and the last whole one."""
        return SweepStates(self._notes, consumer).read(until)

    def rebuild(self, consumer: str, until: Deadline, progress: Callable[[Cycle], None] = lambda _: None) -> Cycle:
        """Sweep until a whole cycle, begun from now on, finds every commit taken that was made before it.

        The version's function must be deployed: it is fed live, and what comes during the sweep is not waited for.

        Parameters
        ----------
        progress : callable
            Called with the cycle now and then.

        Raises
        ------
        NotReadyToSwap
            The deadline passed before.
        Unavailable
            Five sweeps in a row failed.
        """
        since, failures = self._now(), 0
        while not until.passed:
            try:
                self._sweep(consumer)
                failures = 0
            except Unavailable:
                failures += 1
                if failures == FAILURES:
                    raise
            state = self.state(consumer, until)
            if state.running or state.last:
                progress(state.running or state.last)  # type: ignore[arg-type]
            if state.last is not None and state.last.is_clean and state.last.began >= since:
                return state.last
            time.sleep(min(self._pause_seconds * failures, until.left))
        raise NotReadyToSwap(
            f"the time was up before a whole sweep of {consumer} found nothing missing: rebuild again, it goes on"
        )

    def swap(
        self, name: str, to: int, until: Deadline, *, first: int = FIRST_VERSION, with_parked: bool = False
    ) -> Pointer:
        """Point the readers of a projection to another version of it; readers follow with their next request.

        Parameters
        ----------
        first : int
            What they see where the pointer was never set: the lowest version that is declared.
        with_parked : bool
            Also where streams are parked in it.

        Raises
        ------
        NotReadyToSwap
            Commits may be missing; the message says what to do.
        """
        pointer = self._pointers.get(name, until)
        standing = pointer.active if pointer else first
        if to == standing:
            raise NotReadyToSwap(f"readers of {name} see version {standing} already")
        self._demand_complete(f"{name}-{to}", self.state(f"{name}-{to}", until).last, with_parked=with_parked)
        return self._pointers.swap(name, to, standing=standing, until=until)

    def _demand_complete(self, consumer: str, last: Cycle | None, *, with_parked: bool) -> None:
        if last is None:
            raise NotReadyToSwap(f"{consumer} was never swept to its end: rebuild it first")
        if not last.is_clean:
            raise NotReadyToSwap(
                f"the last sweep of {consumer} found {last.gaps} streams with commits missing and {last.ahead} ahead "
                "of the events table: rebuild it first"
            )
        if self._now() - last.began > FRESH:
            began = clock.to_text(last.began)
            raise NotReadyToSwap(f"the last sweep of {consumer} began at {began}, over an hour ago: rebuild it first")
        if last.parked and not with_parked:
            raise NotReadyToSwap(
                f"{last.parked} streams are parked in {consumer}: mend and unpark them, or swap with them"
            )

"""The sweeper: heals what the transport lost.

A cycle looks at each row and compares it with the head of its stream, then at each stream of the events table and looks
whether there is a row. What lacks something is caught up from the table. The same cycles fill a projection that is new.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from tallygate import clock
from tallygate.deadline import Deadline
from tallygate.errors import TransientError
from tallygate.events import serializer
from tallygate.events.log import CommitLog
from tallygate.projections.gate import Gate
from tallygate.projections.offered import Offered
from tallygate.projections.row import Row
from tallygate.projections.rows import Rows
from tallygate.projections.streams import Streams
from tallygate.projections.sweep_state import Cycle, SweepState, SweepStates
from tallygate.projections.time_limit import MainThread

T = TypeVar("T")

THREADS = 16


class Look(msgspec.Struct, frozen=True):
    """What a look at one stream found."""

    gaps: int = 0
    healed: int = 0
    renewed: int = 0
    parked: int = 0
    ahead: int = 0
    read_units: float = 0.0
    offered: Offered | None = None


class Swept(msgspec.Struct, frozen=True):
    """What one sweep did.

    Parameters
    ----------
    cycle : Cycle
        The cycle it ended or left off in.
    read_units : float
        For looking; what had to be healed is read on top of it.
    stopped : str
        Why before its budget was used up; empty: it was not.
    ahead : tuple of str
        Streams whose rows are further than the events table.
    gaps : int
        Streams found in this sweep that lacked a commit made before the cycle began.
    offered : tuple of Offered
        What was caught up, for the log.
    """

    cycle: Cycle
    read_units: float
    stopped: str = ""
    ahead: tuple[str, ...] = ()
    gaps: int = 0
    offered: tuple[Offered, ...] = ()

    @property
    def report(self) -> dict[str, Any]:
        """The cycle as JSON, what was used, and whether it is whole."""
        return {
            **serializer.to_data(self.cycle),
            "read_units": self.read_units,
            "stopped": self.stopped,
            "whole": self.cycle.ended is not None,
            "clean": self.cycle.is_clean,
        }


class _Findings:
    """What is told of a sweep beside its cycle."""

    def __init__(self) -> None:
        self.ahead: list[str] = []
        self.offered: list[Offered] = []

    def add(self, looks: Sequence[Look]) -> None:
        self.offered += [look.offered for look in looks if look.offered is not None]


class Sweeper:
    """Sweeps for one consumer.

    Parameters
    ----------
    category : str
        Of the streams that it follows.
    epoch : int
        Of the events table.
    main : MainThread
        Where the user's code runs.
    """

    def __init__(
        self,
        gate: Gate,
        rows: Rows,
        log: CommitLog,
        streams: Streams,
        states: SweepStates,
        *,
        category: str,
        epoch: int,
        main: MainThread,
        now: clock.Clock = clock.utc_now,
    ) -> None:
        self._gate = gate
        self._rows = rows
        self._log = log
        self._streams = streams
        self._states = states
        self._category = category
        self._epoch = epoch
        self._main = main
        self._now = now

    def sweep(self, read_units: float, until: Deadline) -> Swept:
        """Go on with the cycle, or begin one; stop at its end, when the budget is used up, or at the deadline.

        Parameters
        ----------
        read_units : float
            For looking.

        Raises
        ------
        WrongEpoch, and AWS's own errors that are answers
            What was done is kept.
        """
        state = self._states.read(until)
        cycle = state.running
        if cycle is None or cycle.epoch != self._epoch:
            cycle = Cycle(self._now(), self._epoch)
        before, used, notes = cycle.gaps, 0.0, _Findings()
        stopped = ""
        while used < read_units and cycle.ended is None and not until.passed and not stopped:
            try:
                cycle, cost = self._step(cycle, until, notes)
            except TransientError as exc:
                stopped = str(exc)
                break
            used += cost
            state = SweepState(None, cycle) if cycle.ended else SweepState(cycle, state.last)
            if not self._states.write(state, until):
                stopped = "another sweep of the same consumer is under way"
        return Swept(cycle, used, stopped, tuple(notes.ahead), cycle.gaps - before, tuple(notes.offered))

    def last(self, until: Deadline) -> Cycle | None:
        """The last whole cycle."""
        return self._states.read(until).last

    def _step(self, cycle: Cycle, until: Deadline, notes: _Findings) -> tuple[Cycle, float]:
        if cycle.bucket < self._rows.buckets:
            return self._sweep_rows(cycle, until, notes)
        return self._sweep_streams(cycle, until, notes)

    def _sweep_rows(self, cycle: Cycle, until: Deadline, notes: _Findings) -> tuple[Cycle, float]:
        page = self._rows.page(cycle.bucket, cycle.after, until)
        looks = self._each(lambda row: self._look(row, cycle, until), page.rows)
        notes.ahead += [row.stream for row, look in zip(page.rows, looks, strict=True) if look.ahead]
        notes.add(looks)
        cycle = _added(replace(cycle, rows=cycle.rows + len(page.rows)), looks)
        bucket = cycle.bucket if page.after else cycle.bucket + 1
        return replace(cycle, bucket=bucket, after=page.after), page.read_units + sum(look.read_units for look in looks)

    def _sweep_streams(self, cycle: Cycle, until: Deadline, notes: _Findings) -> tuple[Cycle, float]:
        page = self._streams.page(self._category, cycle.after, until)
        rows = self._rows.get_many(list(page.heads), until)
        missing = [stream for stream, head in page.heads.items() if _lacks(rows.get(stream), head)]
        looks = self._each(lambda stream: _healed(self._gate.catch_up(stream, until), cycle), missing)
        notes.add(looks)
        cycle = _added(replace(cycle, streams=cycle.streams + len(page.heads), after=page.after), looks)
        if not page.after:
            cycle = replace(cycle, ended=self._now())
        return cycle, page.read_units + len(page.heads)

    def _look(self, row: Row, cycle: Cycle, until: Deadline) -> Look:
        if row.parked is not None:
            return Look(parked=1)
        if row.epoch < self._epoch:
            return _healed(self._gate.catch_up(row.stream, until), cycle)
        head = self._log.head(row.stream, until)
        version = head.version if head else 0
        if version > row.version:
            return replace(_healed(self._gate.catch_up(row.stream, until), cycle), read_units=1.0)
        ahead = version < row.version
        return Look(ahead=int(ahead), renewed=int(not ahead and self._gate.renew(row, until)), read_units=1.0)

    def _each(self, look: Callable[[T], Look], things: Sequence[T]) -> list[Look]:
        return [future.result() for future in self._main.map(look, things, threads=THREADS)]


def _lacks(row: Row | None, head: int) -> bool:
    return row is None or (row.parked is None and row.version < head)


def _healed(offered: Offered, cycle: Cycle) -> Look:
    gap = offered.first is not None and offered.first < cycle.began
    return Look(gaps=int(gap), healed=offered.healed, parked=int(offered.newly_parked), offered=offered)


def _added(cycle: Cycle, looks: Sequence[Look]) -> Cycle:
    return replace(
        cycle,
        gaps=cycle.gaps + sum(look.gaps for look in looks),
        healed=cycle.healed + sum(look.healed for look in looks),
        renewed=cycle.renewed + sum(look.renewed for look in looks),
        parked=cycle.parked + sum(look.parked for look in looks),
        ahead=cycle.ahead + sum(look.ahead for look in looks),
    )

"""The gate: each commit of a stream is taken once and in order, whatever was delivered.

`v <= have` is dropped, `v = have + 1` is taken on condition that the row is still at `have`, and where `v` is higher
the commits between are read from the events table. So the transport may repeat, reorder and lose: it only rings the
bell.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from tallygate import clock
from tallygate.deadline import Deadline
from tallygate.events.commit import Commit
from tallygate.events.log import CommitLog
from tallygate.events.stream_id import StreamId
from tallygate.projections.fold import REFUSALS, in_one_line
from tallygate.projections.offered import Offered
from tallygate.projections.row import Parked, Row
from tallygate.projections.row_cache import RowCache
from tallygate.projections.rows import Rows
from tallygate.projections.step import Step
from tallygate.projections.turn import Tools, Turn


class Gate:
    """One consumer's gate. Safe to share between threads; a stream is best offered by one of them at a time.

    Parameters
    ----------
    step : Step
    rows : Rows
    log : CommitLog
    epoch : int
        Of the events table.
    now : callable, optional
        The clock.
    """

    def __init__(
        self,
        step: Step,
        rows: Rows,
        log: CommitLog,
        *,
        epoch: int = 1,
        now: clock.Clock = clock.utc_now,
    ) -> None:
        self._tools = Tools(step, rows, log, epoch, now, RowCache())

    def offer(self, stream: StreamId, commits: Mapping[int, Commit | None], until: Deadline) -> Offered:
        """Take what is new of these commits, and what is missing before them.

        Parameters
        ----------
        commits : mapping of int to Commit or None
            By version; None: only its number is known. Of those of an earlier epoch the table is asked: a restore
            may have lost them while they were on their way.

        Raises
        ------
        WrongEpoch
            The stream or the row is of a later epoch than this code.
        Unavailable, and AWS's own errors
            Nothing is wrong with the commits: offer them again. What was taken stays taken.
        """
        row = self._tools.cache.get(stream)
        if row is None and 1 not in commits:  # with the first commit there is hardly a row; the condition tells
            row = self._tools.rows.get(stream, until)
        # What was sent before a restore says only that there was something: the table may tell otherwise.
        current = {version: one for version, one in commits.items() if one is None or one.epoch >= self._tools.epoch}
        return Turn(self._tools, stream, row, current, until, to_the_end=len(current) < len(commits)).run()

    def catch_up(self, stream: StreamId, until: Deadline) -> Offered:
        """Take whatever the events table has above the row. Raises as `offer` does."""
        row = self._tools.rows.get(stream, until)
        return Turn(self._tools, stream, row, {}, until, to_the_end=True).run()

    def renew(self, row: Row, until: Deadline) -> bool:
        """Bring the row to what today's code makes of the same commits; True if it was changed.

        Raises as `offer` does.
        """
        try:
            renewed = self._tools.step.renewed(row, until)
        except REFUSALS as exc:  # of `totals`, or the view has another shape
            renewed = replace(row, parked=Parked(row.version, in_one_line(exc), self._tools.now()))
        if renewed == row:
            return False
        if renewed is None:
            return Turn(self._tools, row.stream, row, {}, until, to_the_end=True, anew=True).run().writes > 0
        return self._tools.rows.put(renewed, row, until).won

    def unpark(self, stream: StreamId, until: Deadline) -> Offered:
        """Let a parked stream go on, from the events table; any other is caught up. Raises as `offer` does."""
        row = self._tools.rows.get(stream, until)
        if row is not None and row.parked is not None:
            self._tools.rows.put(replace(row, parked=None), row, until)
        return self.catch_up(stream, until)

"""One attempt at one chunk: its items in their order, and what it leaves behind at every step."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from tallygate import clock
from tallygate.batch.chunk import Chunk
from tallygate.batch.records import Failure, Manifest
from tallygate.batch.store import BatchStore
from tallygate.batch.work.attempt import Attempt
from tallygate.batch.work.handover import Handover, grouped, not_kept
from tallygate.batch.work.item_runner import ItemRunner
from tallygate.batch.work.windows import windows
from tallygate.errors import Unavailable

STOP_SECONDS = 10.0  # kept back from the time limit for the last checkpoint
GRACE_SECONDS = 5.0  # of which for items in progress
_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class ChunkAttempt:
    """An attempt that holds the lease.

        before a death       lease ─▶ all items ─▶ record                          (no write in between)
        after one            lease ─▶ announce ─▶ window ─▶ announce ─▶ window ─▶ … ─▶ record
        out of time          … ─▶ checkpoint, which gives the lease back
        killed               … ✗  the lease lapses: what was announced and not done gets a strike

    Parameters
    ----------
    records : BatchStore
    manifest : Manifest
    chunk : Chunk
    id : str
        The attempt's.
    left : Handover
        As taken over.
    run : ItemRunner
    lease : timedelta
    now : callable
        The wall clock, UTC.
    seconds_left : callable
        Seconds until the platform stops this process.
    """

    records: BatchStore
    manifest: Manifest
    chunk: Chunk
    id: str
    left: Handover
    run: ItemRunner
    lease: timedelta
    now: clock.Clock
    seconds_left: Callable[[], float]
    _looked: datetime = field(init=False)
    _announced: Sequence[int] = field(init=False, default=())

    def work(self) -> Attempt | None:
        """Run the items; None: all of them have ended, and the record is due.

        Raises
        ------
        Unavailable
            A window could not be announced.
        """
        self._looked = self.now()
        slots = self.manifest.parameters["item_concurrency"]
        while not self.run.complete:  # items that were put back are begun once more
            for window in windows(self.run.todo, self.left, slots):
                if (ended := self._window(window)) is not None:
                    return ended
        return None

    def _window(self, window: Sequence[int]) -> Attempt | None:
        if self.left.careful and not self._announce(window):
            return Attempt.LEASED
        self.run.begin(window)
        tick = self.lease.total_seconds() / 3
        while not self.run.wait(min(tick, self.seconds_left() - STOP_SECONDS)):
            if self.seconds_left() <= STOP_SECONDS:
                return Attempt.CHECKPOINTED
            if (ended := self._checkpoint()) is not None:
                return ended
        return self._checkpoint() if self.now() - self._looked >= self.lease / 3 else None

    def stop(self) -> bool:
        """Begin no more items; False if some are still running after the grace."""
        return self.run.stop(GRACE_SECONDS)

    def give_back(self) -> None:
        """The last checkpoint: the attempt ends well. Items that had all the time there was get a strike of their own.

        The lease is given back, so that the next attempt may begin at once.
        """
        handover = replace(self._handover().outlasted(self.run.outlasting), in_flight=()).settled()
        for number in not_kept(handover.failed):
            _log.warning("%s: item %s failed: %s", self.name, *self._failure(number))
        try:
            self._write(handover, None)
        except Unavailable as exc:
            _log.warning("%s ends without a checkpoint: %s", self.name, exc)

    @property
    def name(self) -> str:
        """For people."""
        return f"chunk {self.manifest.batch}/{self.chunk.i}"

    def _announce(self, window: Sequence[int]) -> bool:
        """Before the items begin. False: another attempt has taken the chunk, and does the same more surely."""
        self._announced = window
        return self._write(self._handover(), self.now() + self.lease)

    def _checkpoint(self) -> Attempt | None:
        try:
            if not self._write(self._handover(), self.now() + self.lease):
                if self.left.careful:
                    return Attempt.LEASED
                _log.warning("another attempt has taken %s: both go on, one record wins", self.name)
        except Unavailable as exc:
            _log.warning("%s goes on without a checkpoint: %s", self.name, exc)
        return self._look()

    def _look(self) -> Attempt | None:
        """`LOST` if the chunk has its record by now: a twin's, or the gatekeeper's when forced or cancelled."""
        self._looked = self.now()
        try:
            return None if self.records.chunk(self.manifest, self.chunk.i) is None else Attempt.LOST
        except Unavailable as exc:
            _log.warning("%s goes on without a look at its record: %s", self.name, exc)
            return None

    def _handover(self) -> Handover:
        failures = self.run.failures
        done = self.run.done
        flying = tuple(n for n in self._announced if n not in done and n not in failures)
        failed = grouped({number: failure.error for number, failure in failures.items()})
        return replace(self.left, done=done, failed=failed, in_flight=flying).settled()

    def _write(self, handover: Handover, until: datetime | None) -> bool:
        return self.records.checkpoint(self.manifest, self.chunk.i, attempt=self.id, handover=handover, until=until)

    def _failure(self, number: int) -> tuple[str, str]:
        failure: Failure = self.run.failures[number]
        return failure.id, failure.error

"""Writes snapshots when they have become worth it, off the critical path."""

import logging
import threading
import weakref
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import msgspec

from tallygate.clock import Clock
from tallygate.deadline import Deadline
from tallygate.events.command_index import Ring
from tallygate.events.folding import Folding
from tallygate.events.held import Held, Position
from tallygate.events.log import CommitLog
from tallygate.events.snapshot import Snapshot

SMALLEST_TAIL_BYTES = 16 * 1024  # four read units: a shorter tail is read as cheaply as a snapshot is written
RING_BYTES = 4 * 1024  # of command ids that travel with a snapshot; older ones are read back
SUBJECTS = 100  # whose personal data a snapshot may hold: each needs its key to read it
PENDING = 100  # snapshots in line; more are left for the next commit of their streams
_DEADLINE_SECONDS = 5.0
_logger = logging.getLogger(__name__)


class Due(msgspec.Struct, frozen=True, eq=False):
    """A snapshot that is to be written: what was held when that was decided."""

    folding: Folding[Any]
    held: Held
    position: Position
    bytes_read: int
    ring: Ring


class Snapshotter:
    """One thread that writes snapshots, begun with the first one.

    A snapshot is written when the bytes of the commits above it have outgrown it, so that all snapshots together cost
    at most as much as the commits did.
    """

    def __init__(self, log: CommitLog, *, epoch: int, now: Clock) -> None:
        self._log = log
        self._epoch = epoch
        self._now = now
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._pending: set[Future[None]] = set()
        self._warned: weakref.WeakSet[Any] = weakref.WeakSet()

    def consider(self, folding: Folding[Any], held: Held) -> None:
        """Have a snapshot of what is held written, if it is time. Only who leads the stream's line may call this."""
        tail = held.tail_bytes
        if len(held.position.subjects) > SUBJECTS:
            return
        if tail <= max(held.snapshot_size, SMALLEST_TAIL_BYTES) or held.snapshot_due or not folding.aggregate.snapshots:
            return
        self.write(folding, held)

    def write(self, folding: Folding[Any], held: Held) -> None:
        """Have a snapshot written; nothing happens where too many are waiting."""
        due = Due(folding, held, held.position, held.bytes_read, held.commands.newest(RING_BYTES))
        with self._lock:
            if len(self._pending) >= PENDING:
                return
            held.snapshot_due = True
            self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="snapshot")
            job = self._pool.submit(self._write, due)
            self._pending.add(job)
        job.add_done_callback(self._pending.discard)

    def settle(self, seconds: float) -> bool:
        """Wait for what is being written; True if nothing is any more."""
        return not wait(set(self._pending), timeout=seconds).not_done

    def _write(self, due: Due) -> None:
        held, until = due.held, Deadline.after(_DEADLINE_SECONDS)
        folding = msgspec.structs.replace(due.folding, until=until)  # its caller's deadline is not ours
        try:
            text = folding.dump(due.position.state, due.position.subjects, due.position.version)
            if text is None:
                self._warn(folding)
            elif len(text) >= due.bytes_read - held.bytes_in_snapshot:
                held.snapshot_size = len(text)  # not worth it before the tail has outgrown that
                return
            else:
                self._log.put_snapshot(self._snapshot(due, text), until)
                held.snapshot_size = len(text)
        except Exception as exc:  # noqa: BLE001 (losing a snapshot is harmless, and nobody waits for it)
            where = f"{folding.stream} at version {due.position.version}"
            _logger.warning("the snapshot of %s was not written: %s", where, exc)
        finally:
            held.snapshot_due = False
        held.bytes_in_snapshot = due.bytes_read  # also where it failed: the next try is a tail away

    def _snapshot(self, due: Due, text: bytes) -> Snapshot:
        return Snapshot(
            stream=due.folding.stream,
            version=due.position.version,
            fold=due.folding.aggregate.fold,
            epoch=self._epoch,
            at=self._now(),
            state=text,
            ring=due.ring,
            subjects=tuple(sorted(due.position.subjects)),
        )

    def _warn(self, folding: Folding[Any]) -> None:
        if folding.aggregate in self._warned:
            return
        self._warned.add(folding.aggregate)
        _logger.warning(
            "the state of %s can't be kept in a snapshot: it would not be read back equal as %s. Give the aggregate "
            "`state`, a type that says what is in it (such as tuple[Flight, ...]), or snapshots=False",
            folding.aggregate.category,
            folding.aggregate.state_type,
        )

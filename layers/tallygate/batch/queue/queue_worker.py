"""The reference worker outside Lambda: receives chunks from a queue, one after the other, until it is told to stop."""

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

from tallygate.batch.queue import chunk_message
from tallygate.batch.queue.heartbeat import Heartbeat
from tallygate.batch.queue.task_queue import Message, TaskQueue
from tallygate.batch.work.attempt import Attempt
from tallygate.batch.work.chunk_worker import ChunkWorker
from tallygate.deadline import Deadline, full_jitter
from tallygate.errors import TallygateError

_BASE_SECONDS, _CAP_SECONDS = 0.5, 30.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Times of a queue worker, in seconds.

    Parameters
    ----------
    wait : int
        A long poll, 0 to 20. A worker that is told to stop may have to wait for its end.
    hidden : int
        For how long a received message is hidden from others, if its worker gives no sign of life. Longer than the
        lease, or whoever receives it next is turned away by the lease of the dead.
    attempt : float
        After so long a chunk is checkpointed and left to the gatekeeper; items that hang then end the process.
    """

    wait: int = 20
    hidden: int = 60
    attempt: float = 900.0


class QueueWorker:
    """Works on one chunk at a time. Several may run in threads of one process, on one chunk worker each.

    Parameters
    ----------
    queue : TaskQueue
    worker : ChunkWorker
        Its items run as `InterruptibleRun` with the same `stop`, or a stop waits for the next checkpoint.
    stop : threading.Event
        Set: no further chunk, and the present one is checkpointed.
    pace : Pace
    rng : callable
        For the pauses after errors: uniform in [0, 1).
    """

    def __init__(
        self,
        queue: TaskQueue,
        worker: ChunkWorker,
        *,
        stop: threading.Event,
        pace: Pace,
        rng: Callable[[], float] = random.random,
    ) -> None:
        self._queue = queue
        self._worker = worker
        self._stop = stop
        self._pace = pace
        self._rng = rng
        self._errors = 0
        self._busy = False

    @property
    def busy(self) -> bool:
        """True while it has a message in hand."""
        return self._busy

    def run(self) -> None:
        """Work until told to stop. Errors, of the queue or of a chunk, are followed by a pause that grows.

        Without the pause, a worker that is set up wrongly would burn through all messages of the queue, and each would
        be a dead letter after a few rounds.
        """
        while not self._stop.is_set():
            try:
                messages = self._queue.receive(wait_seconds=self._pace.wait, hidden_seconds=self._pace.hidden)
            except TallygateError as exc:
                _log.error("no message could be received: %s", exc)
                self._pause()
                continue
            for message in messages:
                self._busy = True
                try:
                    self._handle(message)
                finally:
                    self._busy = False
            if not messages:
                self._errors = 0

    def _handle(self, message: Message) -> None:
        if self._stop.is_set():
            self._show(message, 0)
            return
        try:
            with Heartbeat(self._queue, message, self._pace.hidden):
                outcome = self._attempt(message)
        except Exception:  # noqa: BLE001 (whatever it is, the message comes back, and is a dead letter in the end)
            _log.exception("the attempt failed", extra={"body": message.body[:200]})
            self._pause()
            return
        self._errors = 0
        if outcome is Attempt.CHECKPOINTED and self._stop.is_set():
            self._show(message, 0)  # its lease was given back
        else:
            self._delete(message)

    def _attempt(self, message: Message) -> Attempt:
        until = Deadline.after(self._pace.attempt)
        task = chunk_message.from_text(message.body)
        told = {"batch": task.batch, "generation": task.generation, "chunk": task.chunk.i}
        _log.info("chunk received", extra={**told, "received": message.received})
        ended = self._worker.run(task, lambda: 0.0 if self._stop.is_set() else until.left)
        figures = {metric.name: round(metric.value, 3) for metric in ended.metrics()}
        _log.info("chunk attempted", extra={**told, "attempt": ended.attempt, **figures})
        return ended.attempt

    def _show(self, message: Message, seconds: int) -> None:
        try:
            self._queue.extend(message, seconds)
        except TallygateError as exc:
            _log.warning("the message is shown %s s from now at the latest: %s", self._pace.hidden, exc)

    def _delete(self, message: Message) -> None:
        try:
            self._queue.delete(message)
        except TallygateError as exc:
            _log.warning("the message will come again, which is harmless: %s", exc)

    def _pause(self) -> None:
        self._stop.wait(full_jitter(self._errors, base=_BASE_SECONDS, cap=_CAP_SECONDS, rng=self._rng))
        self._errors += 1

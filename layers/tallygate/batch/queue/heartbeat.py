"""Keeps a message hidden from others while its chunk is worked on."""

import logging
import threading
from typing import Self

from tallygate.batch.queue.task_queue import Message, TaskQueue
from tallygate.errors import TallygateError

_BEATS = 4  # in the time for which a message is hidden: three may fail
_log = logging.getLogger(__name__)


class Heartbeat:
    """While entered, hides a message again and again.

    Advisory: should it fail, the message is delivered to another worker, whom the lease turns away.

    Parameters
    ----------
    queue : TaskQueue
    message : Message
    hidden_seconds : int
        For how long each time.
    """

    def __init__(self, queue: TaskQueue, message: Message, hidden_seconds: int) -> None:
        self._queue = queue
        self._message = message
        self._hidden_seconds = hidden_seconds
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()  # a beat that is under way would hide what is shown to others now

    def _beat(self) -> None:
        while not self._end.wait(self._hidden_seconds / _BEATS):
            try:
                if not self._queue.extend(self._message, self._hidden_seconds):
                    _log.warning("the message is no longer this worker's: it was delivered again")
                    return
            except TallygateError as exc:
                _log.warning("the message was not hidden again: %s", exc)

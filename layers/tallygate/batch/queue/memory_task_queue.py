"""The task queue in memory: the twin for tests and simulations."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from tallygate.batch.queue.task_queue import MAX_AT_ONCE, Message, demand_sizes
from tallygate.deadline import Deadline

_LOOK_AGAIN_SECONDS = 0.02


@dataclass
class _Kept:
    body: str
    visible_at: float
    receipt: str = ""
    received: int = 0


class MemoryTaskQueue:
    """Messages in a list.

    Parameters
    ----------
    now : callable
        Seconds by which messages are hidden.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._kept: list[_Kept] = []

    def send(self, bodies: Sequence[str], until: Deadline) -> None:
        """See `TaskQueue.send`."""
        demand_sizes(bodies)
        with self._lock:
            self._kept.extend(_Kept(body, self._now()) for body in bodies)

    def receive(self, *, wait_seconds: int, hidden_seconds: int, most: int = 1) -> Sequence[Message]:
        """See `TaskQueue.receive`."""
        until = Deadline.after(wait_seconds)
        while not (messages := self._take(hidden_seconds, min(most, MAX_AT_ONCE))) and not until.passed:
            time.sleep(min(_LOOK_AGAIN_SECONDS, until.left))
        return messages

    def extend(self, message: Message, seconds: int) -> bool:
        """See `TaskQueue.extend`."""
        with self._lock:
            for kept in self._ours(message):
                kept.visible_at = self._now() + seconds
                return True
        return False

    def delete(self, message: Message) -> None:
        """See `TaskQueue.delete`."""
        with self._lock:
            for kept in self._ours(message):
                self._kept.remove(kept)

    def waiting(self) -> int:
        """See `TaskQueue.waiting`."""
        with self._lock:
            return sum(kept.visible_at <= self._now() for kept in self._kept)

    def _take(self, hidden_seconds: int, most: int) -> list[Message]:
        with self._lock:
            now = self._now()
            taken = [kept for kept in self._kept if kept.visible_at <= now][:most]
            for kept in taken:
                kept.visible_at, kept.receipt = now + hidden_seconds, str(uuid4())
                kept.received += 1
            return [Message(kept.body, kept.receipt, kept.received) for kept in taken]

    def _ours(self, message: Message) -> list[_Kept]:
        return [kept for kept in self._kept if kept.receipt == message.receipt]

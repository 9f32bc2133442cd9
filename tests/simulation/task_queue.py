"""The task queue's twin behind a wire."""

from collections.abc import Sequence

from local.simulation import Kind
from tallygate.batch.queue.memory_task_queue import MemoryTaskQueue
from tallygate.batch.queue.task_queue import Message
from tallygate.deadline import Deadline
from tests.simulation.calls import Calls


class SimulatedTaskQueue:
    """`TaskQueue` for actors, over a `MemoryTaskQueue` that they share."""

    def __init__(self, memory: MemoryTaskQueue, calls: Calls) -> None:
        self._memory = memory
        self._calls = calls

    def send(self, bodies: Sequence[str], until: Deadline) -> None:
        """See `TaskQueue.send`."""
        self._calls.resend(f"send {len(bodies)} messages", lambda: self._memory.send(bodies, until))

    def receive(self, *, wait_seconds: int, hidden_seconds: int, most: int = 1) -> Sequence[Message]:
        """See `TaskQueue.receive`; it never waits."""
        return self._calls.resend(
            "receive", lambda: self._memory.receive(wait_seconds=0, hidden_seconds=hidden_seconds, most=most)
        )

    def extend(self, message: Message, seconds: int) -> bool:
        """See `TaskQueue.extend`."""
        return self._calls.resend("hide a message", lambda: self._memory.extend(message, seconds))

    def delete(self, message: Message) -> None:
        """See `TaskQueue.delete`."""
        self._calls.resend("delete a message", lambda: self._memory.delete(message))

    def waiting(self) -> int:
        """See `TaskQueue.waiting`; a count that lags."""
        return self._calls.resend("count messages", self._memory.waiting, kind=Kind.EVENTUAL, stale=lambda: 0)

"""Dispatches chunks by messages in a queue."""

from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.queue import chunk_message
from tallygate.batch.queue.task_queue import TaskQueue
from tallygate.deadline import Deadline

SEND_SECONDS = 5.0


class QueueDispatcher:
    """Hands chunks to whoever receives from a queue.

    Parameters
    ----------
    queue : TaskQueue
    """

    def __init__(self, queue: TaskQueue) -> None:
        self._queue = queue

    def send(self, task: ChunkTask) -> None:
        """See `Dispatcher.send`. Raises `Unavailable`: the chunk is sent when its next dispatch is due."""
        self._queue.send([chunk_message.to_text(task)], Deadline.after(SEND_SECONDS))

    def backlog(self) -> int:
        """See `Dispatcher.backlog`."""
        return self._queue.waiting()

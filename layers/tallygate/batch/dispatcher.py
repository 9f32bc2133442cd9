"""The port: a way to hand chunks to workers again."""

from typing import Protocol

from tallygate.batch.chunk_task import ChunkTask


class Dispatcher(Protocol):
    """Hands chunks to workers. What it does is never counted: it may fail, or send twice."""

    def send(self, task: ChunkTask) -> None:
        """Send the chunk to a worker, without waiting for it. Raises `Unavailable`."""
        ...

    def backlog(self) -> int:
        """About how many sent chunks wait to be taken by a worker. Raises `Unavailable`."""
        ...

"""Port."""

from typing import Protocol

from tallygate.deadline import Deadline


class Blobs(Protocol):
    """Objects."""

    def put(self, key: str, content: bytes, until: Deadline) -> None:
        """Store."""
        ...

    def get(self, key: str, until: Deadline) -> bytes:
        """Read."""
        ...

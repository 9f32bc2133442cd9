"""The in-memory twin of the overflow objects."""

from collections.abc import Iterator

from tallygate.clock import Clock, utc_now
from tallygate.deadline import Deadline
from tallygate.events.overflow.blobs import Blob, BlobMissing


class MemoryBlobs:
    """Objects in a dictionary.

    Parameters
    ----------
    now : callable
        The clock by which objects are dated.
    """

    def __init__(self, now: Clock = utc_now) -> None:
        self._now = now
        self._objects: dict[str, tuple[bytes, Blob]] = {}

    def put(self, key: str, content: bytes, until: Deadline) -> None:
        """See `Blobs.put`."""
        self._objects[key] = content, Blob(key, len(content), self._now())

    def get(self, key: str, until: Deadline) -> bytes:
        """See `Blobs.get`."""
        if key not in self._objects:
            raise BlobMissing(key)
        return self._objects[key][0]

    def all(self, until: Deadline) -> Iterator[Blob]:
        """See `Blobs.all`."""
        return iter([blob for _, blob in self._objects.values()])

    def delete(self, key: str, until: Deadline) -> None:
        """See `Blobs.delete`."""
        self._objects.pop(key, None)

"""The port: objects in S3, which hold manifests, chunk indexes and long lists."""

from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from tallygate.batch.plan.location import Location
from tallygate.batch.records import Source


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An object that is being read.

    Parameters
    ----------
    source : Source
        The version that is read; `version` is empty where the bucket keeps none.
    blocks : iterator of bytes
        Its content, in blocks of at most a few MB.
    """

    source: Source
    blocks: Iterator[bytes]


class ObjectStore(Protocol):
    """Objects. Each method may raise `Unavailable`."""

    def open(self, location: Location) -> Opened:
        """Begin to read the newest version.

        Raises
        ------
        BadInput
            No such bucket, no such key, or reading is not permitted.
        """
        ...

    def read(self, source: Source, start: int = 0, end: int | None = None) -> bytes:
        """The bytes from `start` up to `end` of a version, as many as there are; all of it by default."""
        ...

    def put(self, key: str, content: bytes) -> Source:
        """Write an object into our own bucket."""
        ...

    def write(self, key: str, blocks: Iterable[bytes]) -> Source:
        """Write an object of any size into our own bucket, in bounded memory, as its blocks come.

        What the blocks raise is raised again, and then there is no object.
        """
        ...

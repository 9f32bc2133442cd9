"""The port of overflow objects, and what it raises."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

import msgspec

from tallygate.deadline import Deadline
from tallygate.errors import TallygateError
from tallygate.events.errors import CorruptStream

NONCURRENT_DAYS = 35  # as long as the table's point-in-time recovery reaches back


class BlobMissing(CorruptStream):
    """A commit points to an object that is not there.

    Parameters
    ----------
    where : str
        The object, for example `s3://bucket/key`.
    """

    def __init__(self, where: str) -> None:
        super().__init__(
            f"the overflow object {where} is missing, the commit that points to it can't be read: restore the object. "
            f"A versioned bucket keeps what was deleted for {NONCURRENT_DAYS} days: remove the delete marker, or copy "
            "the object from a backup; if the log was set to another bucket, set it back"
        )


class BlobsUnusable(TallygateError):
    """The store of objects does not exist, or refuses us. The message says which and how to mend it."""


class Blob(msgspec.Struct, frozen=True):
    """What a listing says of an object.

    Parameters
    ----------
    key : str
    size : int
        Bytes.
    modified : datetime
        UTC, when it was put last.
    """

    key: str
    size: int
    modified: datetime


class Blobs(Protocol):
    """Objects by key. Every method raises `Unavailable` at the deadline, `BlobsUnusable` where the store refuses."""

    def put(self, key: str, content: bytes, until: Deadline) -> None:
        """Store an object. Idempotent: a key is only ever put with the same content."""
        ...

    def get(self, key: str, until: Deadline) -> bytes:
        """The object's content. Raises `BlobMissing`."""
        ...

    def all(self, until: Deadline) -> Iterable[Blob]:
        """Every object, in no particular order."""
        ...

    def delete(self, key: str, until: Deadline) -> None:
        """Remove an object. Idempotent: also where there is none."""
        ...

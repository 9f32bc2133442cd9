"""A snapshot: the folded state of a stream at a version, kept beside its commits. Losing one is harmless."""

from datetime import datetime

import msgspec

from tallygate.events.command_index import Ring
from tallygate.events.stream_id import StreamId


class Snapshot(msgspec.Struct, frozen=True, eq=False):
    """State and newest command ids of a stream at a version.

    Parameters
    ----------
    stream : StreamId
    version : int
        Of the last commit that is folded into `state`.
    fold : int
        The aggregate's `fold` that made it.
    epoch : int
        The table's epoch when it was made.
    at : datetime
        UTC, milliseconds.
    state : bytes
        JSON, or what the sealer made of it.
    ring : Ring
        The commands of the newest commits.
    subjects : tuple of str
        Whose personal data is in it: it can be read while all their keys exist.
    size : int
        Bytes that it takes in the log, about.
    """

    stream: StreamId
    version: int
    fold: int
    epoch: int
    at: datetime
    state: bytes
    ring: Ring
    subjects: tuple[str, ...] = ()
    size: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Snapshot) and msgspec.structs.astuple(self)[:-1] == msgspec.structs.astuple(other)[:-1]

    def __hash__(self) -> int:
        return hash((self.stream, self.version, self.fold))

    def supersedes(self, other: "Snapshot") -> bool:
        """True if this one is to stand instead of the other: newer fold, or newer version of the same fold."""
        return (self.fold, self.version) > (other.fold, other.version)

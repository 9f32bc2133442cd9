"""A stream as one process holds it between calls."""

from typing import Any, NamedTuple

import msgspec

from tallygate.events.command_index import CommandIndex
from tallygate.events.waiting_line import WaitingLine


class Position(NamedTuple):
    """Where a stream has been read to; replaced as a whole, so that other threads see no mixture.

    Parameters
    ----------
    version : int
        The version that `state` is the state of; -1: nothing was read yet.
    state : Any
        The folded state, immutable.
    epoch : int
        Of the last commit read.
    subjects : frozenset of str
        Whose personal data may be in `state`.
    """

    version: int = -1
    state: Any = None
    epoch: int = 0
    subjects: frozenset[str] = frozenset()


class Held(msgspec.Struct, eq=False):
    """State, version and commands of a stream; only whoever leads its line may change them.

    Parameters
    ----------
    position : Position
    commands : CommandIndex
        The commands carried out up to `version`.
    at : float
        When `version` was last known to be the newest, on the monotonic clock.
    bytes_read : int
        Of all commits that were folded here, about; it only grows.
    bytes_in_snapshot : int
        As many of them are known to be in a snapshot. Only the snapshotter changes it, and the two below.
    snapshot_size : int
        Of the snapshot that stands, or of one that was too large to be worth it.
    snapshot_due : bool
        A snapshot is being written.
    line : WaitingLine
        The commands that this process has for the stream.
    """

    position: Position = msgspec.field(default_factory=Position)
    commands: CommandIndex = msgspec.field(default_factory=CommandIndex)
    at: float = 0.0
    bytes_read: int = 0
    bytes_in_snapshot: int = 0
    snapshot_size: int = 0
    snapshot_due: bool = False
    line: WaitingLine = msgspec.field(default_factory=WaitingLine)

    @property
    def version(self) -> int:
        """See `Position`."""
        return self.position.version

    @property
    def state(self) -> Any:  # noqa: ANN401 (the aggregate's)
        """See `Position`."""
        return self.position.state

    @property
    def tail_bytes(self) -> int:
        """Bytes of the commits above the snapshot."""
        return self.bytes_read - self.bytes_in_snapshot

    def copied(self) -> "Held":
        """The position as it is now, to be read on from for oneself."""
        return Held(self.position)

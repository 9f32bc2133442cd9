"""The port: where commits and snapshots are kept.

It takes a bare version; the public interface (`EventStore`) never does.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from tallygate.deadline import Deadline
from tallygate.events.commit import Commit
from tallygate.events.snapshot import Snapshot
from tallygate.events.stream_id import StreamId

FIRST_COMMITS = 32  # what a first look brings along: a stream without a snapshot is rarely longer


class FirstLook(msgspec.Struct, frozen=True):
    """What one round trip tells of a stream.

    Parameters
    ----------
    snapshot : Snapshot or None
        None also where the record can't be read.
    commits : tuple of Commit
        From version 1 on, at most `FIRST_COMMITS`.
    complete : bool
        True: there are no more commits.
    """

    snapshot: Snapshot | None
    commits: tuple[Commit, ...]
    complete: bool


class CommitLog(Protocol):
    """Commits by (stream, version), written once and never changed; one snapshot per stream."""

    def put(self, commit: Commit, until: Deadline) -> Commit:
        """Store the commit if its (stream, version) is free, and return the stored one.

        A repeated put of the same `commit_id` succeeds and returns what the first one stored.

        Raises
        ------
        VersionConflict
            Another commit stands there; it is carried by the error.
        OutcomeUnknown
            The deadline passed with the answer still out.
        CommitTooLarge
            The commit doesn't fit; nothing was sent.
        """
        ...

    def put_together(self, commits: Sequence[Commit], until: Deadline) -> list[Commit]:
        """Store all the commits or none, and return the stored ones. Each is of another stream. Raises as `put` does.

        Twice the write units of as many single puts.
        """
        ...

    def commit_at(self, stream: StreamId, version: int, until: Deadline) -> Commit | None:
        """The commit that stands at a version, or None; strongly consistent. Raises as `read` does."""
        ...

    def head(self, stream: StreamId, until: Deadline) -> Commit | None:
        """The commit with the highest version, or None; strongly consistent. Raises as `read` does."""
        ...

    def read(self, stream: StreamId, *, after: int, until: Deadline) -> Iterator[Commit]:
        """All commits above version `after`, ascending, strongly consistent, every page.

        Raises
        ------
        Unavailable
            The deadline passed.
        CorruptStream
            A record can't be read.
        """
        ...

    def read_back(self, stream: StreamId, *, before: int, until: Deadline) -> Iterator[Commit]:
        """All commits below version `before`, descending; stop consuming to stop reading. Raises as `read` does."""
        ...

    def first_look(self, stream: StreamId, until: Deadline) -> FirstLook:
        """The snapshot and the first commits, strongly consistent, in one round trip. Raises as `read` does."""
        ...

    def put_snapshot(self, snapshot: Snapshot, until: Deadline) -> bool:
        """Store the snapshot unless a newer one stands; True if it stands now.

        Raises
        ------
        Unavailable
            The deadline passed; it may stand.
        """
        ...

"""The port: where commits are kept. It takes a bare version; the public interface (`EventStore`) never does."""

from collections.abc import Iterator
from typing import Protocol

from tallygate.deadline import Deadline
from tallygate.events.commit import Commit
from tallygate.events.stream_id import StreamId


class CommitLog(Protocol):
    """Commits by (stream, version), written once and never changed."""

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

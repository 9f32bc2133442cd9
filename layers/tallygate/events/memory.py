"""The in-memory twin of the commit log: for tests, simulations and examples."""

import threading
from collections.abc import Iterator

from tallygate.deadline import Deadline
from tallygate.events.codec import encoded
from tallygate.events.commit import Commit
from tallygate.events.errors import VersionConflict
from tallygate.events.stream_id import StreamId


class MemoryCommitLog:
    """Commits in a dictionary, one lock. Same answers as the DynamoDB adapter: one contract suite runs on both."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._commits: dict[tuple[StreamId, int], Commit] = {}
        self._heads: dict[StreamId, int] = {}

    def put(self, commit: Commit, until: Deadline) -> Commit:
        """See `CommitLog.put`."""
        encoded(commit)  # the same refusals as the adapter's: too large, not JSON
        with self._lock:
            key = (commit.stream, commit.version)
            standing = self._commits.setdefault(key, commit)
            if standing.commit_id != commit.commit_id:
                raise VersionConflict(standing)
            self._heads[commit.stream] = max(commit.version, self._heads.get(commit.stream, 0))
            return standing

    def read(self, stream: StreamId, *, after: int, until: Deadline) -> Iterator[Commit]:
        """See `CommitLog.read`."""
        yield from self._between(stream, range(after + 1, self._head(stream) + 1))

    def read_back(self, stream: StreamId, *, before: int, until: Deadline) -> Iterator[Commit]:
        """See `CommitLog.read_back`."""
        yield from self._between(stream, range(min(before - 1, self._head(stream)), 0, -1))

    def streams(self) -> list[StreamId]:
        """The ids of all streams that have a commit."""
        with self._lock:
            return sorted(self._heads)

    def _head(self, stream: StreamId) -> int:
        with self._lock:
            return self._heads.get(stream, 0)

    def _between(self, stream: StreamId, versions: range) -> list[Commit]:
        with self._lock:
            found = (self._commits.get((stream, version)) for version in versions)
            return [commit for commit in found if commit is not None]

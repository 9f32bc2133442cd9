"""The in-memory twin of the commit log: for tests, simulations and examples."""

import threading
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from tallygate.deadline import Deadline
from tallygate.events.commit import Commit
from tallygate.events.errors import VersionConflict
from tallygate.events.items import MAX_ITEM_BYTES, commit_item, snapshot_item
from tallygate.events.log import FIRST_COMMITS, FirstLook
from tallygate.events.snapshot import Snapshot
from tallygate.events.stream_id import StreamId


class MemoryCommitLog:
    """Commits in a dictionary, one lock. Same answers as the DynamoDB adapter: one contract suite runs on both."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._commits: dict[tuple[StreamId, int], Commit] = {}
        self._heads: dict[StreamId, int] = {}
        self._snapshots: dict[StreamId, Snapshot] = {}

    def put(self, commit: Commit, until: Deadline) -> Commit:
        """See `CommitLog.put`."""
        return self.put_together([commit], until)[0]

    def put_together(self, commits: Sequence[Commit], until: Deadline) -> list[Commit]:
        """See `CommitLog.put_together`."""
        sized = [commit.sized(_size(commit)) for commit in commits]
        with self._lock:
            for commit in sized:
                standing = self._commits.get((commit.stream, commit.version), commit)
                if standing.commit_id != commit.commit_id:
                    raise VersionConflict(standing)
            return [self._store(commit) for commit in sized]

    def commit_at(self, stream: StreamId, version: int, until: Deadline) -> Commit | None:
        """See `CommitLog.commit_at`."""
        return next(iter(self._between(stream, range(version, version + 1))), None)

    def head(self, stream: StreamId, until: Deadline) -> Commit | None:
        """See `CommitLog.head`."""
        return self.commit_at(stream, self._head(stream), until)

    def read(self, stream: StreamId, *, after: int, until: Deadline) -> Iterator[Commit]:
        """See `CommitLog.read`."""
        yield from self._between(stream, range(after + 1, self._head(stream) + 1))

    def read_back(self, stream: StreamId, *, before: int, until: Deadline) -> Iterator[Commit]:
        """See `CommitLog.read_back`."""
        yield from self._between(stream, range(min(before - 1, self._head(stream)), 0, -1))

    def first_look(self, stream: StreamId, until: Deadline) -> FirstLook:
        """See `CommitLog.first_look`."""
        commits = tuple(self._between(stream, range(1, FIRST_COMMITS + 1)))
        return FirstLook(self._snapshots.get(stream), commits, complete=self._head(stream) <= FIRST_COMMITS)

    def put_snapshot(self, snapshot: Snapshot, until: Deadline) -> bool:
        """See `CommitLog.put_snapshot`."""
        size = snapshot_item(snapshot).size
        if size > MAX_ITEM_BYTES:
            return False
        with self._lock:
            standing = self._snapshots.get(snapshot.stream)
            if standing is None or snapshot.supersedes(standing):
                self._snapshots[snapshot.stream] = replace(snapshot, size=size)
                return True
            return False

    def streams(self) -> list[StreamId]:
        """The ids of all streams that have a commit."""
        with self._lock:
            return sorted(self._heads)

    def _store(self, commit: Commit) -> Commit:
        self._heads[commit.stream] = max(commit.version, self._heads.get(commit.stream, 0))
        return self._commits.setdefault((commit.stream, commit.version), commit)

    def _head(self, stream: StreamId) -> int:
        with self._lock:
            return self._heads.get(stream, 0)

    def _between(self, stream: StreamId, versions: range) -> list[Commit]:
        with self._lock:
            found = (self._commits.get((stream, version)) for version in versions)
            return [commit for commit in found if commit is not None]


def _size(commit: Commit) -> int:
    packed = commit_item(commit)  # the same refusals as the adapter's: too large, not JSON
    return packed.size + len(packed.overflow or b"")

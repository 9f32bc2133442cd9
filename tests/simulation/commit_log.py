"""The commit log's twin behind a wire, which counts what has taken effect."""

from collections import Counter
from collections.abc import Iterator, Sequence

from local.simulation import Kind
from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tallygate.events.commit import Commit
from tallygate.events.errors import OutcomeUnknown, VersionConflict
from tallygate.events.log import FirstLook
from tallygate.events.memory import MemoryCommitLog
from tallygate.events.snapshot import Snapshot
from tallygate.events.stream_id import StreamId
from tests.simulation.calls import Calls
from tests.simulation.effects import effects


class SimulatedCommitLog:
    """`CommitLog` for actors, over a `MemoryCommitLog` that they share.

    Parameters
    ----------
    memory : MemoryCommitLog
    calls : Calls
    effects : Counter
        How often each took place.
    """

    def __init__(self, memory: MemoryCommitLog, calls: Calls, effects: Counter[str]) -> None:
        self._memory = memory
        self._calls = calls
        self._effects = effects

    def put(self, commit: Commit, until: Deadline) -> Commit:
        """See `CommitLog.put`."""

        def act() -> Commit | VersionConflict:
            head = self._memory._heads.get(commit.stream, 0)
            try:
                stored = self._memory.put(commit, until)
            except VersionConflict as conflict:
                return conflict  # an answer: only what gets none is sent again
            if stored.version > head:
                self._effects.update(effects(stored))
            return stored

        try:
            answer = self._calls.resend(f"append {commit.stream} {commit.version} {', '.join(commit.commands)}", act)
        except Unavailable as exc:
            raise OutcomeUnknown(commit.stream, [commit.commit_id]) from exc
        if isinstance(answer, VersionConflict):
            raise answer
        return answer

    def put_together(self, commits: Sequence[Commit], until: Deadline) -> list[Commit]:
        """See `CommitLog.put_together`; nothing of a batch uses it."""
        raise NotImplementedError

    def commit_at(self, stream: StreamId, version: int, until: Deadline) -> Commit | None:
        """See `CommitLog.commit_at`."""
        return self._calls.resend(
            f"get {stream} {version}", lambda: self._memory.commit_at(stream, version, until), kind=Kind.READ
        )

    def head(self, stream: StreamId, until: Deadline) -> Commit | None:
        """See `CommitLog.head`."""
        return self._calls.resend(f"head {stream}", lambda: self._memory.head(stream, until), kind=Kind.READ)

    def read(self, stream: StreamId, *, after: int, until: Deadline) -> Iterator[Commit]:
        """See `CommitLog.read`."""
        yield from self._calls.resend(
            f"read {stream} after {after}",
            lambda: list(self._memory.read(stream, after=after, until=until)),
            kind=Kind.READ,
        )

    def read_back(self, stream: StreamId, *, before: int, until: Deadline) -> Iterator[Commit]:
        """See `CommitLog.read_back`."""
        yield from self._calls.resend(
            f"read back {stream} before {before}",
            lambda: list(self._memory.read_back(stream, before=before, until=until)),
            kind=Kind.READ,
        )

    def first_look(self, stream: StreamId, until: Deadline) -> FirstLook:
        """See `CommitLog.first_look`."""
        return self._calls.resend(f"look at {stream}", lambda: self._memory.first_look(stream, until), kind=Kind.READ)

    def put_snapshot(self, snapshot: Snapshot, until: Deadline) -> bool:
        """See `CommitLog.put_snapshot`."""
        return self._calls.resend(
            f"put snapshot of {snapshot.stream} {snapshot.version}", lambda: self._memory.put_snapshot(snapshot, until)
        )

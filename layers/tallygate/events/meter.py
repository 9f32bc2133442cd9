"""What an event store has done, as counts: commits, conflicts, and what it gave up on."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from tallygate.deadline import Deadline
from tallygate.events.commit import Commit
from tallygate.events.errors import Contended, CorruptStream, OutcomeUnknown, Overloaded, VersionConflict
from tallygate.events.log import CommitLog

FAILURES: Mapping[type[Exception], str] = {
    Contended: "CommandsContended",
    Overloaded: "CommandsOverloaded",
    OutcomeUnknown: "OutcomesUnknown",
    CorruptStream: "StreamsCorrupt",
}


class StoreMeter:
    """Counts by the names of metrics. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def put(self, log: CommitLog, commit: Commit, until: Deadline) -> Commit:
        """`CommitLog.put`, counted."""
        with self._conflicts():
            stored = log.put(commit, until)
        self._stored([stored])
        return stored

    def put_together(self, log: CommitLog, commits: Sequence[Commit], until: Deadline) -> list[Commit]:
        """`CommitLog.put_together`, counted."""
        with self._conflicts():
            stored = log.put_together(commits, until)
        self._stored(stored)
        return stored

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count what is given up within."""
        try:
            yield
        except tuple(FAILURES) as exc:
            with self._lock:
                self._counts[next(name for kind, name in FAILURES.items() if isinstance(exc, kind))] += 1
            raise

    def take(self) -> Mapping[str, int]:
        """The counts since the last time; failures that there were none of are left out."""
        with self._lock:
            taken, self._counts = self._counts, Counter()
        return taken

    @contextmanager
    def _conflicts(self) -> Iterator[None]:
        try:
            yield
        except VersionConflict:
            with self._lock:
                self._counts["CommitConflicts"] += 1
            raise

    def _stored(self, commits: Sequence[Commit]) -> None:
        with self._lock:
            self._counts["CommitsStored"] += len(commits)
            self._counts["CommandsStored"] += sum(len(commit.commands) for commit in commits)
            self._counts["CommitConflicts"] += 0


METER = StoreMeter()
"""Of the deployed store of this process."""

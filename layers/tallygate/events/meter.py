"""What an event store has done, as counts: commits, conflicts, and what it gave up on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from tallygate.counted import Counts
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
    """Counts what passes through it. Safe to share between threads.

    Parameters
    ----------
    counts : Counts, optional
        What it adds to; default: one of its own, which nobody takes.
    """

    def __init__(self, counts: Counts | None = None) -> None:
        self._counts = counts or Counts()

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
            self._counts.add(**{next(name for kind, name in FAILURES.items() if isinstance(exc, kind)): 1})
            raise

    @contextmanager
    def _conflicts(self) -> Iterator[None]:
        try:
            yield
        except VersionConflict:
            self._counts.add(CommitConflicts=1)
            raise

    def _stored(self, commits: Sequence[Commit]) -> None:
        commands = sum(len(commit.commands) for commit in commits)
        self._counts.add(CommitsStored=len(commits), CommandsStored=commands, CommitConflicts=0)

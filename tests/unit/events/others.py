"""What other processes do to the stream `account-1`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from tallygate.deadline import Deadline
from tallygate.events import Commit, MemoryCommitLog, StoredEvent
from tests.accounts import ACCOUNT

NOW = datetime.now(UTC).replace(microsecond=0)
STREAM = ACCOUNT.stream("1")


def foreign(version: int, *commands: str, at: datetime = NOW, amount: int = 100, epoch: int = 1) -> Commit:
    """A commit by another process."""
    events = (StoredEvent("Deposited", 1, {"amount": amount}),)
    return Commit(STREAM, version, str(uuid4()), events, commands, at, epoch)


def put(log: MemoryCommitLog, *commits: Commit) -> None:
    for commit in commits:
        log.put(commit, Deadline.after(1))


def stored(log: MemoryCommitLog) -> Sequence[Commit]:
    """All commits of the stream."""
    return list(log.read(STREAM, after=0, until=Deadline.after(1)))

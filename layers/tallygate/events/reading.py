"""Reading a stream: whatever the backend returns, versions follow one another or the read fails."""

from collections.abc import Iterator

from tallygate.deadline import Deadline
from tallygate.events.commit import Commit
from tallygate.events.errors import CorruptStream
from tallygate.events.log import CommitLog
from tallygate.events.stream_id import StreamId


def read_contiguous(log: CommitLog, stream: StreamId, *, after: int, until: Deadline) -> Iterator[Commit]:
    """The commits above version `after`, ascending.

    Raises
    ------
    CorruptStream
        A version is missing. A hole is never skipped: what follows it was decided on a state that can't be rebuilt.
    Unavailable
        The deadline passed.
    """
    expected = after + 1
    for commit in log.read(stream, after=after, until=until):
        if commit.version != expected:
            raise CorruptStream(
                f"{stream} has version {commit.version} where {expected} must be: an item was deleted or never "
                "restored. Restore the table from point-in-time recovery"
            )
        yield commit
        expected += 1

"""The commits that count at a version: all up to it, less those that a rewind took back."""

from tallygate.deadline import Deadline
from tallygate.events.commit import Commit
from tallygate.events.errors import CorruptStream, InvalidVersion
from tallygate.events.log import CommitLog
from tallygate.events.stream_id import StreamId


def standing_commits(log: CommitLog, stream: StreamId, version: int, until: Deadline) -> list[Commit]:
    """The commits whose events make the state as of a version, ascending; rewinds are not among them.

    Reads backwards, so that what was rewound is not kept; the others are in memory together.

    Raises
    ------
    InvalidVersion
        The stream has no such version.
    CorruptStream, Unavailable
        See `CommitLog.read_back`.
    """
    standing: list[Commit] = []
    below, counts = version + 1, version
    for commit in log.read_back(stream, before=version + 1, until=until):
        below -= 1
        if below == version and commit.version < version:
            break
        if commit.version != below:
            raise hole(commit, below)
        if commit.version == counts:
            to = commit.rewinds_to
            counts = commit.version - 1 if to is None else to
            if to is None:
                standing.append(commit)
    if below != 1:
        raise InvalidVersion(f"{stream} has no version {version}: give one that it has, or 0")
    return standing[::-1]


def hole(commit: Commit, expected: int) -> CorruptStream:
    """The error for a commit that stands where another version must be."""
    return CorruptStream(
        f"{commit.stream} has version {commit.version} where {expected} must be: an item was deleted or never "
        "restored. Restore the table from point-in-time recovery"
    )

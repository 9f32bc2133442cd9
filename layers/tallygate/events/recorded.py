"""Whether a stream has carried out a command already."""

from datetime import datetime

from tallygate.deadline import Deadline
from tallygate.events.command_index import CommandIndex
from tallygate.events.commit import Commit
from tallygate.events.errors import CorruptStream
from tallygate.events.log import CommitLog
from tallygate.events.stream_id import StreamId


def recorded(
    log: CommitLog, stream: StreamId, commands: CommandIndex, command_id: str, *, since: datetime, until: Deadline
) -> Commit | None:
    """The commit that carries the command, or None.

    Commits that were not looked at yet and may be as young as `since` are read back, so that what is remembered never
    limits what is found.

    Raises
    ------
    CorruptStream, Unavailable
        The stream can't be read.
    """
    if (commit := _among(log, stream, commands.candidates(command_id), command_id, until)) is not None:
        return commit
    if commands.covers(since):
        return None
    below = commands.floor  # not the index's own floor, which stays where it is once the index is full
    for commit in log.read_back(stream, before=below + 1, until=until):
        if commit.version != below:
            break
        below -= 1
        commands.add_older(commit)
        if command_id in commit.commands:
            return commit
        if commit.at < since:
            return None
    if below:
        raise CorruptStream(
            f"{stream} has no version {below}: an item was deleted or never restored. "
            "Restore the table from point-in-time recovery"
        )
    return None


def _among(log: CommitLog, stream: StreamId, versions: list[int], command_id: str, until: Deadline) -> Commit | None:
    for version in versions:
        commit = log.commit_at(stream, version, until)
        if commit is None:
            raise CorruptStream(
                f"{stream} no longer has version {version}, which this process has read: an item was deleted. "
                "Restore the table from point-in-time recovery"
            )
        if command_id in commit.commands:
            return commit
    return None

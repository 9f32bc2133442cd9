"""A commit that was changed: somebody went past the library, which writes each once and removes none."""

import msgspec

from tallygate.events.stream_id import StreamId
from tallygate.relay.bell import check_place


class ChangedCommit(msgspec.Struct, frozen=True):
    """What became of a commit after it was stored. Raises `ValueError` for what can be none.

    It is no bell: whoever reads bells has applied the first commit, or has its bell on the way, and would drop another
    one of that version as a repetition. So it is told to people.

    Parameters
    ----------
    stream : StreamId
    version : int
        From 1.
    removed : bool
        It was deleted. Otherwise it was written over, or updated.
    commit_id : str
        What stands there now, of whoever wrote it; empty where nothing does, or it has no such id.
    sequence_number : str
        Of the table's stream.
    """

    stream: StreamId
    version: int
    removed: bool
    commit_id: str
    sequence_number: str

    def __post_init__(self) -> None:
        """What is told is a commit's place, or nothing."""
        check_place(self.stream, self.version)

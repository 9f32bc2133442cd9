"""What the event store raises. Each message says what to do next."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tallygate.errors import InvalidInput, TallygateError, TransientError

if TYPE_CHECKING:
    from tallygate.events.commit import Commit


class InvalidStreamId(InvalidInput):
    """The stream id can't be stored."""


class InvalidEvent(InvalidInput):
    """An event can't be stored: its type is not one of the aggregate's, or it would not be read back equal."""


class InvalidVersion(InvalidInput):
    """The version that is asked for is none of the stream's."""


class CommitTooLarge(InvalidInput):
    """The commit is larger than what the log takes: an item of DynamoDB, or an overflow object."""


class UnknownEventType(TallygateError):
    """A stored event has a type or schema that this code doesn't know: it was written by newer or other code."""


class CorruptStream(TallygateError):
    """A stream has a hole or a record that can't be read. It is never skipped silently."""


class WrongEpoch(TallygateError):
    """The stream was written in a later epoch than this code is set to: the table was restored since."""


class VersionConflict(TallygateError):
    """Another commit stands at the version that was to be written.

    Attributes
    ----------
    winner : Commit
        The commit that stands there. Load the stream, decide again, append again; or use `execute`, which does.
    """

    def __init__(self, winner: "Commit") -> None:
        super().__init__(
            f"version {winner.version} of {winner.stream} was taken at {winner.at:%FT%TZ} "
            f"by commit {winner.commit_id}: load the stream and decide again"
        )
        self.winner = winner


class OutcomeUnknown(TransientError):
    """The deadline passed with the answer to a write still out: it may have been stored.

    Attributes
    ----------
    commit_ids : tuple of str
        The ids under which it was sent; empty where another thread has it in hand and had not sent it yet. Run the same
        command again (same `command_id`, same `since`): if it was stored, that commit is returned and nothing is
        written. After an `append`, load the stream: it was stored if the commit after the version you had has this id.
    """

    def __init__(self, stream: str, commit_ids: Sequence[str]) -> None:
        super().__init__(
            f"commit {' or '.join(commit_ids) or '(not sent yet)'} on {stream} may or may not be stored: "
            "run the command again with the same command_id and since; after an append, load the stream and look"
        )
        self.commit_ids = tuple(commit_ids)

    @property
    def commit_id(self) -> str:
        """The id under which it was sent last; empty if it was not."""
        return self.commit_ids[-1] if self.commit_ids else ""


class Contended(TransientError):
    """Other writers kept winning until the deadline. Nothing of this command is stored."""

    def __init__(self, stream: str, conflicts: int) -> None:
        super().__init__(
            f"{stream} is contended: {conflicts} conflicts, nothing stored. "
            "Run the command again, allow a longer deadline, or let fewer writers share the stream"
        )


class Overloaded(TransientError):
    """The waiting line of a stream stayed full until the deadline. Nothing of this command is stored or was decided."""

    def __init__(self, stream: str, capacity: int) -> None:
        super().__init__(
            f"{capacity} commands are waiting for {stream} in this process, as many as may: "
            "send fewer at a time, allow a longer deadline, or split the stream"
        )

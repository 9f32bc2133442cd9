"""What the event store raises. Each message says what to do next."""

from typing import TYPE_CHECKING

from tallygate.errors import InvalidInput, TallygateError, TransientError

if TYPE_CHECKING:
    from tallygate.events.commit import Commit


class InvalidStreamId(InvalidInput):
    """The stream id can't be stored."""


class InvalidEvent(InvalidInput):
    """An event can't be stored: its type is not one of the aggregate's, or a value is not JSON."""


class CommitTooLarge(InvalidInput):
    """The commit is larger than an item of DynamoDB."""


class UnknownEventType(TallygateError):
    """A stored event has a type or schema that this code doesn't know: it was written by newer or other code."""


class CorruptStream(TallygateError):
    """A stream has a hole or a record that can't be read. It is never skipped silently."""


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
    commit_id : str
        The id under which it was sent. Run the same command again (same `command_id`, same `since`): if the commit
        was stored, that one is returned and nothing is written.
    """

    def __init__(self, stream: str, version: int, commit_id: str) -> None:
        super().__init__(
            f"commit {commit_id} at version {version} of {stream} may or may not be stored: "
            "run the command again with the same command_id and since"
        )
        self.commit_id = commit_id


class Contended(TransientError):
    """Other writers kept winning until the deadline. Nothing of this command is stored."""

    def __init__(self, stream: str, conflicts: int) -> None:
        super().__init__(
            f"{stream} is contended: {conflicts} conflicts, nothing stored. "
            "Run the command again, allow a longer deadline, or let fewer writers share the stream"
        )

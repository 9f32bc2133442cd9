"""The ports: tables as a restore sees them, and where the stream of a restored one is written down."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tallygate.deadline import Deadline
from tallygate.restore.asked import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as it is now.

    Parameters
    ----------
    status : str
        `ACTIVE`, `CREATING`, `UPDATING` …
    is_protected : bool
        Against deletion.
    stream : str
        The ARN of its stream; empty: it has none.
    encryption : mapping
        As a request has it; empty where AWS owns the key.
    origin : str
        The ARN of the table that it was restored from, or nothing.
    restored_to : datetime or None
        The time of that restore, UTC.
    """

    name: str
    arn: str
    status: str
    is_protected: bool
    stream: str
    encryption: dict[str, Any]
    origin: str
    restored_to: datetime | None


class Tables(Protocol):
    """Looks at tables, restores them, and gives them what a restore leaves behind. Each may raise `Unavailable`."""

    def look(self, name: str, until: Deadline) -> Table | None:
        """The table, None if there is none of that name."""

    def window(self, name: str, until: Deadline) -> Window | None:
        """To what times it can be restored; None without point-in-time recovery."""

    def restore(self, source: Table, target: str, at: datetime, until: Deadline) -> None:
        """Begin the restore; DynamoDB goes on with it by itself. Sent again, it is refused: the target is there."""

    def keep_backups(self, name: str, until: Deadline) -> None:
        """Turn point-in-time recovery on."""

    def stream(self, name: str, until: Deadline) -> None:
        """Turn its stream on, as the relay needs it."""

    def protect(self, name: str, until: Deadline) -> None:
        """Let nobody delete it."""

    def tag_like(self, table: Table, model: Table, until: Deadline) -> None:
        """Give it the tags of another one, without those of CloudFormation."""


class StreamParameters(Protocol):
    """Where stacks look for the stream of a restored table."""

    def put(self, name: str, stream: str, until: Deadline) -> None:
        """Write it, or write it anew."""

"""The port between the gate and what is done with commits: a fold for a projection, messages for an effect."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from tallygate.deadline import Deadline
from tallygate.events.commit import Commit
from tallygate.events.log import CommitLog
from tallygate.events.stream_id import StreamId
from tallygate.projections.row import Row


class Refused(msgspec.Struct, frozen=True):
    """The user's function can't take a commit.

    Parameters
    ----------
    version : int
        Of the commit.
    error : str
        What it raised, in one line.
    """

    version: int
    error: str


class Taken(msgspec.Struct, frozen=True):
    """What became of some commits.

    Parameters
    ----------
    row : Row or None
        The row after those that were taken; None: after none, and there was none before.
    refused : Refused or None
        The commit that ended it.
    events : int
        How many events reached the user's function.
    """

    row: Row | None
    refused: Refused | None = None
    events: int = 0


class Step(Protocol):
    """What one consumer does."""

    @property
    def id(self) -> str:
        """The consumer's id, such as `fleet-1`."""
        ...

    @property
    def category(self) -> str:
        """Of the streams that it follows."""
        ...

    @property
    def page(self) -> int:
        """How many commits it takes at once, at most."""
        ...

    def begin(self, stream: StreamId, row: Row | None, log: CommitLog, until: Deadline) -> Row | None:
        """Where to begin with a stream whose row is of an earlier epoch; None: from its start."""
        ...

    def take(self, stream: StreamId, row: Row | None, commits: Sequence[Commit], epoch: int, until: Deadline) -> Taken:
        """Take commits that follow the row, in order.

        Raises
        ------
        TransientError, and AWS's own errors
            Nothing is wrong with the commits.
        """
        ...

    def renewed(self, row: Row, until: Deadline) -> Row | None:
        """The row as today's code would have it at the same version; None: to be made anew from the stream's start."""
        ...

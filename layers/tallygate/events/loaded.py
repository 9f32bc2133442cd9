"""What the event store gives back: a stream as it was read, and the outcome of a command."""

from typing import Generic, TypeVar

import msgspec

from tallygate.events.aggregate import Aggregate
from tallygate.events.commit import Commit
from tallygate.events.stream_id import StreamId

S = TypeVar("S")


class Loaded(msgspec.Struct, Generic[S], frozen=True):
    """A stream as it was read, and the only thing that can be appended to.

    Parameters
    ----------
    aggregate : Aggregate
    stream : StreamId
    version : int
        The last version folded into `state`; 0: the stream has no commit yet.
    state : S
    """

    aggregate: Aggregate[S]
    stream: StreamId
    version: int
    state: S


class Executed(msgspec.Struct, Generic[S], frozen=True):
    """The outcome of a command.

    Parameters
    ----------
    commit : Commit or None
        The commit that carries the command, perhaps with others; None if the decision was for no events, which is not
        recorded.
    state : S
        The state that includes it.
    repeated : bool
        True if the command had been carried out before, and nothing was written now.
    """

    commit: Commit | None
    state: S
    repeated: bool

"""One aggregate on one stream: events to what is stored and back, and the state that they make."""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

import msgspec

from tallygate.events import serializer
from tallygate.events.aggregate import Aggregate
from tallygate.events.commit import StoredEvent
from tallygate.events.stream_id import StreamId

S = TypeVar("S")


class Folding(msgspec.Struct, Generic[S], frozen=True):
    """What the store needs of an aggregate.

    Parameters
    ----------
    aggregate : Aggregate
    stream : StreamId
    """

    aggregate: Aggregate[S]
    stream: StreamId

    def encode(self, events: Iterable[object]) -> tuple[StoredEvent, ...]:
        """Events as they are stored. Raises `InvalidEvent`."""
        return tuple([self.aggregate.encode(event) for event in events])

    def apply(self, state: S, events: Sequence[StoredEvent]) -> S:
        """The state after the stored events. Raises `UnknownEventType`."""
        return self.aggregate.apply(state, events)

    def dump(self, state: S) -> bytes | None:
        """The state as JSON; None where it would not be read back equal."""
        try:
            text = serializer.dump(state)
            return text if serializer.parse(text, self.aggregate.state_type) == state else None
        except (TypeError, ValueError):
            return None

    def restore(self, text: bytes) -> S | None:
        """The inverse of `dump`; None for what is no state of this aggregate."""
        try:
            state: S = serializer.parse(text, self.aggregate.state_type)
        except (TypeError, ValueError):
            return None
        return state

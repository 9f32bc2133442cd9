"""One aggregate on one stream: events to what is stored and back, and the state that they make."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.events import serializer
from tallygate.events.aggregate import Aggregate
from tallygate.events.commit import StoredEvent
from tallygate.events.errors import CorruptStream
from tallygate.events.stream_id import StreamId

if TYPE_CHECKING:
    from tallygate.events.forgetting.sealing import Sealer

S = TypeVar("S")

NOBODY: frozenset[str] = frozenset()


class Folding(msgspec.Struct, Generic[S], frozen=True):
    """What the store needs of an aggregate.

    Parameters
    ----------
    aggregate : Aggregate
    stream : StreamId
    until : Deadline
        For the keys of personal data.
    sealer : Sealer or None
        Only where the aggregate has personal data.
    """

    aggregate: Aggregate[S]
    stream: StreamId
    until: Deadline
    sealer: "Sealer | None" = None

    def encode(self, events: Iterable[object]) -> tuple[StoredEvent, ...]:
        """Events as they are stored. Raises `InvalidEvent`; `SubjectForgotten` and others where keys are needed."""
        stored = [self.aggregate.encode(event) for event in events]
        return tuple(stored if self.sealer is None else [self._seal(event, self.sealer) for event in stored])

    def apply(self, state: S, events: Sequence[StoredEvent]) -> S:
        """The state after the stored events. Raises `UnknownEventType`; and others where keys are needed."""
        for event in events:
            state = self.aggregate.evolve(state, self.decode(event))
        return state

    def decode(self, event: StoredEvent) -> object:
        """The event that was stored. Raises `UnknownEventType`; and others where keys are needed."""
        return self.aggregate.decode(event) if self.sealer is None else self._open(event, self.sealer)

    def subjects(self, events: Sequence[StoredEvent]) -> frozenset[str]:
        """Whose personal data the events still tell."""
        if self.sealer is None:
            return NOBODY
        return frozenset().union(*(self.sealer.living_subjects(event.data, self.until) for event in events))

    def forgotten(self, subjects: Iterable[str]) -> bool:
        """True if one of them has been forgotten: what was folded from their data is not to be used any more."""
        return self.sealer is not None and any(self.sealer.is_forgotten(subject, self.until) for subject in subjects)

    def dump(self, state: S, subjects: frozenset[str], version: int) -> bytes | None:
        """The state as a snapshot keeps it; None where it would not be read back equal."""
        try:
            text = serializer.dump(state)
            if serializer.parse(text, self.aggregate.state_type) != state:
                return None
        except (TypeError, ValueError):
            return None
        if self.sealer is None or not subjects:
            return text
        return self.sealer.seal_blob(subjects, text, self._context(version), self.until)

    def restore(self, stored: bytes, subjects: Sequence[str], version: int) -> S | None:
        """The inverse of `dump`; None for what is no state of this aggregate, or has become unreadable."""
        try:
            if subjects:
                opened = self.sealer and self.sealer.open_blob(subjects, stored, self._context(version), self.until)
                if not opened:
                    return None
                stored = opened
            state: S = serializer.parse(stored, self.aggregate.state_type)
        except (TypeError, ValueError, CorruptStream):
            return None
        return state

    def _seal(self, event: StoredEvent, sealer: "Sealer") -> StoredEvent:
        fields = self.aggregate.personal(event.type)
        return StoredEvent(
            event.type, event.schema, sealer.seal(self.stream, event.type, event.data, fields, self.until)
        )

    def _open(self, event: StoredEvent, sealer: "Sealer") -> object:
        data, forgotten = sealer.open(self.stream, event.type, event.data, self.until)
        return self.aggregate.decode(StoredEvent(event.type, event.schema, data), forgotten)

    def _context(self, version: int) -> str:
        return f"{self.stream}/{version}/{self.aggregate.fold}"


def folding(aggregate: Aggregate[S], stream: StreamId, until: Deadline, sealer: "Sealer | None") -> Folding[S]:
    """The folding of an aggregate; the sealer is left out where it has no personal data.

    Raises
    ------
    InvalidInput
        The aggregate has personal data, and there is no vault for its keys.
    """
    if not aggregate.has_personal_data:
        return Folding(aggregate, stream, until)
    if sealer is None:
        raise InvalidInput(
            f"events of {aggregate.category} have personal fields: give the event store a vault for keys"
        )
    return Folding(aggregate, stream, until, sealer)

"""What a user writes: frozen event classes, `evolve(state, event) -> state`, and decisions as plain functions."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Generic, TypeVar

from tallygate.errors import InvalidInput
from tallygate.events.commit import StoredEvent
from tallygate.events.errors import InvalidEvent, UnknownEventType
from tallygate.events.stream_id import StreamId, stream_id

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True, eq=False)
class Aggregate(Generic[S]):
    """The definition of one kind of stream.

    Parameters
    ----------
    category : str
        First part of the stream id.
    initial : S
        The state before the first event; immutable.
    evolve : callable
        `(state, event) -> state`, pure.
    events : tuple of classes
        The frozen dataclasses that may stand on the stream. A class's name is its stored type; a class attribute
        `SCHEMA` (default 1) numbers its shape.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Deposited:
    ...     amount: int
    >>> def evolve(balance, event):
    ...     return balance + event.amount
    >>> ACCOUNT = Aggregate(category="account", initial=0, evolve=evolve, events=(Deposited,))
    >>> ACCOUNT.stream("7")
    'account-7'
    """

    category: str
    initial: S
    evolve: Callable[[S, Any], S]
    events: tuple[type, ...]

    def __post_init__(self) -> None:
        stream_id(self.category, "any")
        for cls in self.events:
            if not is_dataclass(cls):
                raise InvalidInput(f"the event {cls.__name__} of {self.category} must be a frozen dataclass")

    def stream(self, id: str) -> StreamId:
        """The stream of the thing called `id`. Raises `InvalidStreamId`."""
        return stream_id(self.category, id)

    def encode(self, events: Iterable[object]) -> tuple[StoredEvent, ...]:
        """Events as they are stored. Raises `InvalidEvent` for a class that is not one of the aggregate's."""
        return tuple(map(self._encode, events))

    def decode(self, stored: StoredEvent) -> object:
        """The event that was stored. Raises `UnknownEventType`."""
        for cls in self.events:
            if cls.__name__ == stored.type and _schema(cls) == stored.schema:
                return cls(**stored.data)
        known = ", ".join(f"{cls.__name__}/{_schema(cls)}" for cls in self.events)
        raise UnknownEventType(
            f"{self.category} knows {known}, the stream has {stored.type}/{stored.schema}: "
            "deploy the code that wrote it, or add the class"
        )

    def fold(self, state: S, events: Iterable[StoredEvent]) -> S:
        """The state after the stored events."""
        for event in events:
            state = self.evolve(state, self.decode(event))
        return state

    def _encode(self, event: object) -> StoredEvent:
        cls = type(event)
        if cls not in self.events:
            known = ", ".join(known.__name__ for known in self.events)
            raise InvalidEvent(f"{cls.__name__} is no event of {self.category} ({known}): add it to `events`")
        # Not dataclasses.asdict: it deep-copies, which costs more than the JSON encoding itself.
        data = {field.name: getattr(event, field.name) for field in fields(event)}  # type: ignore[arg-type]
        return StoredEvent(cls.__name__, _schema(cls), data)


def _schema(cls: type) -> int:
    return int(getattr(cls, "SCHEMA", 1))

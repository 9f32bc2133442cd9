"""What a user writes: frozen event classes, `evolve(state, event) -> state`, and decisions as plain functions."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, is_dataclass
from typing import Any, Generic, TypeVar

from tallygate.errors import InvalidInput
from tallygate.events import serializer
from tallygate.events.arguments import whole_number
from tallygate.events.commit import StoredEvent
from tallygate.events.errors import InvalidEvent, UnknownEventType
from tallygate.events.forgetting.personal import Personal, personal_fields
from tallygate.events.stream_id import StreamId, stream_id
from tallygate.events.upcasting import Key, Upcaster, Upcasting

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
        `SCHEMA` (default 1) numbers its shape. Fields are checked against their annotations, both ways.
    fold : int
        Raise it with every change of `evolve` or of the state: snapshots of a lower number are not used any more.
    state : type, optional
        What a snapshot is read back as; default: the class of `initial`. Needed where that says too little, as
        `tuple[Flight, ...]` does and `tuple` doesn't.
    snapshots : bool
        False: never write one.
    upcasters : tuple of Upcaster
        For events that were stored in an older shape.
    keep_unknown : bool
        True: an event of an unknown type reaches `evolve` as a `StoredEvent`. False: it is an error.

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
    fold: int = 1
    state: Any = None
    snapshots: bool = True
    upcasters: tuple[Upcaster, ...] = ()
    keep_unknown: bool = False
    _classes: dict[Key, type] = field(init=False, default_factory=dict, repr=False)
    _keys: dict[type, Key] = field(init=False, default_factory=dict, repr=False)
    _upcasting: Upcasting = field(init=False, repr=False)
    _personal: dict[str, Mapping[str, Personal]] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        stream_id(self.category, "any")
        whole_number(f"{self.category}: fold", self.fold)
        for cls in self.events:
            key = _key(cls, self.category)
            if key in self._classes:
                raise InvalidInput(f"{self.category} has two events that are stored as {key[0]}/{key[1]}")
            self._classes[key], self._keys[cls] = cls, key
            if fields := personal_fields(cls):
                self._personal[key[0]] = fields
        object.__setattr__(self, "_upcasting", Upcasting(self.upcasters, tuple(self._classes)))

    @property
    def state_type(self) -> Any:  # noqa: ANN401 (a class, or what typing makes of one)
        """What a snapshot is read back as."""
        return type(self.initial) if self.state is None else self.state

    @property
    def has_personal_data(self) -> bool:
        """True if a field of an event is marked as personal."""
        return bool(self._personal)

    def type_today(self, stored: StoredEvent) -> str:
        """The name of the type that the stored event has today, also where the aggregate doesn't know it."""
        return self._upcasting.type_today(stored.type, stored.schema)

    def personal(self, type: str) -> Mapping[str, Personal]:
        """The personal fields of an event, by name."""
        return self._personal.get(type, {})

    def stream(self, id: str) -> StreamId:
        """The stream of the thing called `id`. Raises `InvalidStreamId`."""
        return stream_id(self.category, id)

    def encode(self, event: object) -> StoredEvent:
        """The event as it is stored.

        Raises
        ------
        InvalidEvent
            Its class is not one of the aggregate's, or a field would not be read back equal.
        """
        cls = type(event)
        key = self._keys.get(cls)
        if key is None:
            known = ", ".join(known.__name__ for known in self.events)
            raise InvalidEvent(f"{cls.__name__} is no event of {self.category} ({known}): add it to `events`")
        try:
            data = serializer.to_data(event)
            # Read it back before it is sent: what can't be read later must never be stored.
            if serializer.from_data(data, cls) == event:
                return StoredEvent(*key, data)
        except (TypeError, ValueError) as exc:
            raise InvalidEvent(
                f"a {cls.__name__} of {self.category} can't be stored: {exc}. Give the field a value of the type that "
                "its annotation names; str, int, finite float, bool, None, datetime, Decimal, lists, dicts and "
                "dataclasses of those can be stored"
            ) from exc
        read_back = serializer.from_data(data, cls)
        raise InvalidEvent(f"{event!r} would be read back as {read_back!r}: mend the value, or its field's type")

    def decode(self, stored: StoredEvent, forgotten: Collection[str] = ()) -> object:
        """The event that was stored, in its shape of today.

        Parameters
        ----------
        forgotten : collection of str
            Personal fields that can't be read any more; they are None, and become what their marks say.

        Raises
        ------
        UnknownEventType
            There is no class for it, or it doesn't fit the class of that number.
        """
        cls = self._classes.get((stored.type, stored.schema))
        if cls is None:
            stored = self._upcasting.current(stored)
            cls = self._classes.get((stored.type, stored.schema))
        if cls is None:
            return self._unknown(stored)
        marks = self.personal(stored.type)
        lost = {name: serializer.to_data(marks[name].forgotten) for name in forgotten if name in marks}
        try:
            return serializer.from_data({**stored.data, **lost} if lost else stored.data, cls)
        except ValueError as exc:
            raise UnknownEventType(
                f"a stored {stored.type}/{stored.schema} of {self.category} doesn't fit its class: {exc}. A class "
                "whose fields have changed needs a new SCHEMA and an upcaster from the old one"
            ) from exc

    def _unknown(self, stored: StoredEvent) -> StoredEvent:
        if self.keep_unknown:
            return stored
        known = ", ".join(f"{type}/{schema}" for type, schema in self._classes)
        raise UnknownEventType(
            f"{self.category} knows {known}, the stream has {stored.type}/{stored.schema}: "
            "deploy the code that wrote it, add the class or an upcaster, or set keep_unknown"
        )


def _key(cls: type, category: str) -> Key:
    parameters = getattr(cls, "__dataclass_params__", None)
    if not is_dataclass(cls) or parameters is None or not parameters.frozen or not parameters.eq:
        raise InvalidInput(f"the event {cls.__name__} of {category} must be a frozen dataclass, compared by value")
    return cls.__name__, whole_number(f"{cls.__name__}.SCHEMA", getattr(cls, "SCHEMA", 1))

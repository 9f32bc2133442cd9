"""Typed values to JSON and back, by msgspec: fast, checked against the annotations, no registration."""

from typing import Any, TypeVar

import msgspec

from tallygate.events.commit import StoredEvent

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode
_parse_events = msgspec.json.Decoder(list[StoredEvent]).decode


def to_data(value: object) -> Any:  # noqa: ANN401 (what JSON knows: dicts, lists, text, numbers, booleans, None)
    """A value as JSON would be read back: dataclasses as dicts, tuples as lists, times and decimals as text.

    Raises
    ------
    TypeError, ValueError
        A part of it has no form in JSON.
    """
    return msgspec.json.decode(dump(value))


def from_data(data: Any, type: type[T]) -> T:  # noqa: ANN401
    """The value of a type that `to_data` was given. Raises `ValueError` where the data don't fit; it says where."""
    return msgspec.convert(data, type, str_keys=True)


def dump(value: object) -> bytes:
    """A value as JSON text. Raises `TypeError`, `ValueError` for what has no form in JSON."""
    try:
        return _encode(value)
    except RecursionError as exc:
        raise ValueError("it contains itself, or is nested too deeply") from exc


def parse(text: bytes, type: type[T]) -> T:
    """JSON text as a value of a type. Raises `ValueError`."""
    return msgspec.json.decode(text, type=type)


def dump_events(events: tuple[StoredEvent, ...]) -> bytes:
    """Stored events as JSON text: an ordered array of `{"type", "schema", "data"}`.

    Raises
    ------
    TypeError, ValueError
        A value has no form in JSON, or would be read back as another (NaN, sets, tuples).
    """
    text = dump(events)
    if parse_events(text) != events:
        raise ValueError("NaN, infinities, sets, tuples or keys that are no text would be read back as something else")
    return text


def parse_events(text: bytes) -> tuple[StoredEvent, ...]:
    """The inverse of `dump_events`. Raises `ValueError`."""
    return tuple(_parse_events(text))

"""What callers give the event store, checked before anything is sent."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.events.errors import InvalidVersion

MAX_ID_BYTES = 1024
MAX_META_BYTES = 16 * 1024


def whole_number(name: str, value: object) -> int:
    """A whole number above 0. Raises `InvalidInput` with the argument's name."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidInput(f"{name}={value!r} must be a whole number above 0")
    return value


def deadline(seconds: object) -> Deadline:
    """The deadline so many seconds from now. Raises `InvalidInput`."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
        raise InvalidInput(f"deadline_seconds={seconds!r} must be a number of seconds above 0")
    return Deadline.after(seconds)


def version(value: object) -> int:
    """A version, or 0 for the state before the first one. Raises `InvalidVersion`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidVersion(f"{value!r} is no version: give a whole number from 0")
    return value


def command_id(value: object) -> str:
    """A command's id. Raises `InvalidInput`."""
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"the command_id is {value!r}: give every command a text that is the same on every try")
    if len(value.encode(errors="replace")) > MAX_ID_BYTES:
        raise InvalidInput(f"the command_id {value[:40]}… is longer than {MAX_ID_BYTES} bytes: hash it")
    return value


def since(value: object) -> datetime:
    """When a command was first tried. Raises `InvalidInput`."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        text = value.isoformat() if isinstance(value, datetime) else repr(value)
        raise InvalidInput(f"since={text} has no offset: pass a time in UTC, such as datetime.now(UTC)")
    return value


def meta(value: Mapping[Any, Any] | None) -> dict[str, str]:
    """A commit's metadata. Raises `InvalidInput`."""
    checked = dict(value or {})
    for name, text in checked.items():
        if not (isinstance(name, str) and name and isinstance(text, str)):
            raise InvalidInput(f"meta[{name!r}]={text!r} must be text by name: convert it with str()")
    size = sum(len(text.encode(errors="replace")) for pair in checked.items() for text in pair)
    if size > MAX_META_BYTES:
        raise InvalidInput(f"meta has {size} bytes, {MAX_META_BYTES} at most: put what is this large into an event")
    return checked


def events(value: Sequence[object], stream: str) -> Sequence[object]:
    """Events to append. Raises `InvalidInput`."""
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise InvalidInput(f"the events for {stream} are {type(value).__name__}: pass a list of events, [event]")
    if not value:
        raise InvalidInput(f"no events to append to {stream}: pass at least one, or don't append")
    return value

"""Which fields of an event are personal: marked by the standard library's typing alone."""

import dataclasses
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from tallygate.errors import InvalidInput
from tallygate.events import serializer


@dataclasses.dataclass(frozen=True, slots=True)
class Personal:
    """The mark of a personal field. See `personal`."""

    subject: str
    forgotten: Any


def personal(*, subject: str, forgotten: object) -> Personal:
    """Mark a field of an event as personal.

    Parameters
    ----------
    subject : str
        The field beside it that holds the id of the person whose data it is. That id itself stays readable for ever:
        use a number or a random id, never a name or an e-mail address.
    forgotten : object
        What the field reads as once the subject is forgotten; of the field's type.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from typing import Annotated
    >>> @dataclass(frozen=True)
    ... class Registered:
    ...     customer: str
    ...     name: Annotated[str, personal(subject="customer", forgotten="[forgotten]")]
    >>> list(personal_fields(Registered))
    ['name']
    """
    return Personal(subject, forgotten)


@cache
def personal_fields(cls: type) -> Mapping[str, Personal]:
    """The personal fields of an event's class, by name; empty where there are none.

    Raises
    ------
    InvalidInput
        A mark can't be honoured: it is inside another type, its subject is no text field beside it, or `forgotten`
        doesn't fit the field. Never is a mark ignored: what is marked is sealed, or the class is refused.
    """
    hints = _hints(cls)
    names = [field.name for field in dataclasses.fields(cls)]
    found = {name: mark for name in names if (mark := _mark(cls, name, hints[name])) is not None}
    for name, mark in found.items():
        _check(cls, name, mark, hints, found)
    return MappingProxyType(found)


def _hints(cls: type) -> dict[str, Any]:
    if not dataclasses.is_dataclass(cls):
        raise InvalidInput(f"{cls!r} is no dataclass: events are frozen dataclasses")
    try:
        return get_type_hints(cls, include_extras=True)
    except NameError as exc:
        raise InvalidInput(
            f"an annotation of {cls.__name__} can't be resolved ({exc}): define the event and what its annotations "
            "name at the top of a module"
        ) from exc


def _mark(cls: type, name: str, hint: object) -> Personal | None:
    marks = _marks(hint)
    if any(marks_within for part in _parts(hint) for marks_within in _deep_marks(part, frozenset())):
        raise InvalidInput(
            f"{cls.__name__}.{name} has a personal part inside its type: mark the whole field, "
            f"{name}: Annotated[…, personal(…)], so that all of it is sealed"
        )
    if len(marks) > 1:
        raise InvalidInput(f"{cls.__name__}.{name} is marked as personal {len(marks)} times: leave one")
    return marks[0] if marks else None


def _marks(hint: object) -> list[Personal]:
    return [one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Personal)]


def _parts(hint: object) -> tuple[object, ...]:
    """The types that a type is made of; of a dataclass, those of its fields."""
    if get_origin(hint) is Annotated:
        return _parts(get_args(hint)[0])
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return tuple(_hints(hint).values())
    return get_args(hint)


def _deep_marks(hint: object, seen: frozenset[str]) -> Iterator[Personal]:
    if repr(hint) in seen:  # a type that contains itself
        return
    yield from _marks(hint)
    for part in _parts(hint):
        yield from _deep_marks(part, seen | {repr(hint)})


def _check(cls: type, name: str, mark: Personal, hints: Mapping[str, Any], found: Mapping[str, Personal]) -> None:
    where, subject = f"{cls.__name__}.{name}", mark.subject
    if subject not in hints:
        raise InvalidInput(f"{where} is personal data of {subject!r}, but {cls.__name__} has no such field: add it")
    if subject in found:
        raise InvalidInput(
            f"{where} names {subject!r} as its subject, which is personal itself: a subject's id must stay readable, "
            "or nobody could find the key. Name a field that is not personal"
        )
    if get_type_hints(cls)[subject] is not str:
        raise InvalidInput(f"{where} names {subject!r} as its subject, which must be of type str: it is an id")
    try:
        serializer.from_data(serializer.to_data(mark.forgotten), hints[name])
    except (TypeError, ValueError) as exc:
        raise InvalidInput(f"{where}: forgotten={mark.forgotten!r} doesn't fit the field's type: {exc}") from exc

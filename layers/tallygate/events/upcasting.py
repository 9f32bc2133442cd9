"""Events that were stored in an older shape, read in today's."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from tallygate.errors import InvalidInput
from tallygate.events.commit import StoredEvent

Key = tuple[str, int]  # type name, schema number


class Upcaster(msgspec.Struct, frozen=True, kw_only=True):
    """One step: from a shape to the next one.

    Parameters
    ----------
    type : str
        The stored type that it takes.
    schema : int
        The schema number that it takes; it gives `schema + 1`, or 1 of another type.
    upcast : callable
        `data -> data`, pure. The data is not to be changed in place.
    becomes : str, optional
        The event's new type, where it was renamed.

    Examples
    --------
    >>> Upcaster(type="Deposited", schema=1, upcast=lambda data: {**data, "currency": "EUR"}).gives
    ('Deposited', 2)
    """

    type: str
    schema: int
    upcast: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    becomes: str | None = None

    @property
    def gives(self) -> Key:
        """Type and schema of what it gives."""
        return (self.becomes, 1) if self.becomes else (self.type, self.schema + 1)


class Upcasting:
    """The upcasters of one aggregate, as chains that end at classes it has.

    Parameters
    ----------
    upcasters : sequence of Upcaster
    known : collection of (type, schema)
        What the aggregate's classes are stored as.

    Raises
    ------
    InvalidInput
        A chain ends nowhere or in a circle, or two start at the same shape.
    """

    def __init__(self, upcasters: Sequence[Upcaster], known: Sequence[Key]) -> None:
        self._steps: dict[Key, Upcaster] = {}
        for upcaster in upcasters:
            start = (upcaster.type, upcaster.schema)
            if start in known:
                raise InvalidInput(f"there is an upcaster for {_name(start)}, which a class of today has: raise SCHEMA")
            if self._steps.setdefault(start, upcaster) is not upcaster:
                raise InvalidInput(f"there are two upcasters for {_name(start)}: keep one")
        for start in self._steps:
            self._check(start, known)

    def current(self, stored: StoredEvent) -> StoredEvent:
        """The event in the newest shape that the chain leads to; as it is where there is no upcaster for it."""
        while (upcaster := self._steps.get((stored.type, stored.schema))) is not None:
            type, schema = upcaster.gives
            stored = StoredEvent(type, schema, upcaster.upcast(stored.data))
        return stored

    def type_today(self, type: str, schema: int) -> str:
        """The name of the event's type at the end of its chain."""
        key = (type, schema)
        while key in self._steps:
            key = self._steps[key].gives
        return key[0]

    def _check(self, start: Key, known: Sequence[Key]) -> None:
        passed, at = {start}, start
        while at in self._steps:
            at = self._steps[at].gives
            if at in passed:
                raise InvalidInput(f"the upcasters from {_name(start)} go in a circle")
            passed.add(at)
        if at not in known:
            raise InvalidInput(
                f"the upcasters from {_name(start)} end at {_name(at)}, which no class has: add the next upcaster"
            )


def _name(key: Key) -> str:
    return f"{key[0]}/{key[1]}"

"""One item, with the sizes of its attributes kept, so that a write to a large item costs the simulation little."""

from collections.abc import Iterable
from typing import Any

from bench.foils.simulated.values import Wire, from_wire, to_wire, value_bytes

MAX_BYTES = 400 * 1024


class Item:
    """Attributes by name, as Python values."""

    def __init__(self, wire: Wire | None = None) -> None:
        self.attributes: dict[str, Any] = {}
        self._bytes: dict[str, int] = {}
        for name, attribute in (wire or {}).items():
            self.set(name, from_wire(attribute))

    @property
    def bytes(self) -> int:
        """The billed size."""
        return sum(self._bytes.values())

    def set(self, name: str, value: Any) -> None:
        self.attributes[name] = value
        self._bytes[name] = len(name.encode()) + value_bytes(value)

    def add(self, name: str, value: Any) -> None:
        """What `ADD` does: numbers are summed, sets united."""
        standing = self.attributes.get(name)
        if standing is None:
            self.set(name, set(value) if isinstance(value, set) else value)
        elif isinstance(value, set):
            new = value - standing
            standing |= new
            self._bytes[name] += value_bytes(new)
        else:
            self.set(name, standing + value)

    def to_wire(self, names: Iterable[str] | None = None) -> dict[str, Any]:
        return {name: to_wire(self.attributes[name]) for name in (self.attributes if names is None else names)}

"""Attribute values: from the wire's form to Python's and back, and their size as DynamoDB bills it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from local.emulator.meter.item_size import number_bytes

Wire = Mapping[str, Any]


def from_wire(attribute: Wire) -> Any:
    """`{"N": "1"}` → Decimal(1). Sets become Python's, which makes a large one quick to ask."""
    ((kind, content),) = attribute.items()
    match kind:
        case "N":
            return Decimal(content)
        case "SS":
            return set(content)
        case "L":
            return [from_wire(one) for one in content]
        case "M":
            return {name: from_wire(one) for name, one in content.items()}
        case "S" | "B" | "BOOL":
            return content
    raise ValueError(f"the simulated table has no type {kind}: teach it, or use another")


def to_wire(value: Any) -> dict[str, Any]:
    """The inverse of `from_wire`."""
    match value:
        case bool():
            return {"BOOL": value}
        case Decimal():
            return {"N": f"{value:f}"}
        case bytes():
            return {"B": value}
        case set():
            return {"SS": list(value)}
        case list():
            return {"L": [to_wire(one) for one in value]}
        case dict():
            return {"M": {name: to_wire(one) for name, one in value.items()}}
    return {"S": value}


def value_bytes(value: Any) -> int:
    """Billed size without the attribute's name; see `local.emulator.meter.item_size`, which works on the wire's form."""
    if isinstance(value, str):
        return len(value.encode())
    match value:
        case bool():
            return 1
        case Decimal():
            return number_bytes(str(value))
        case bytes():
            return len(value)
        case set():
            return sum(len(one.encode()) for one in value)
        case list():
            return 3 + sum(1 + value_bytes(one) for one in value)
        case dict():
            return 3 + sum(1 + len(name.encode()) + value_bytes(one) for name, one in value.items())
    raise TypeError(f"{value!r} is no attribute value")

"""Attribute values: from the wire's form to Python's and back, and their size as DynamoDB bills it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from local.emulator.meter.item_size import number_bytes

Wire = Mapping[str, Any]
_KINDS = {str: "S", bytes: "B", bool: "BOOL", set: "SS"}


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
    if isinstance(value, list):
        return {"L": [to_wire(one) for one in value]}
    if isinstance(value, dict):
        return {"M": {name: to_wire(one) for name, one in value.items()}}
    if isinstance(value, Decimal):
        return {"N": f"{value:f}"}
    return {_KINDS[type(value)]: list(value) if isinstance(value, set) else value}


def value_bytes(value: Any) -> int:
    """Billed size without the attribute's name, as `local.emulator.meter.item_size` has it for the wire's form."""
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, Decimal):
        return number_bytes(str(value))
    if isinstance(value, list):
        return 3 + sum(1 + value_bytes(one) for one in value)
    if isinstance(value, dict):
        return 3 + sum(1 + len(name.encode()) + value_bytes(one) for name, one in value.items())
    return 1 if isinstance(value, bool) else sum(map(value_bytes, value)) if isinstance(value, set) else len(value)

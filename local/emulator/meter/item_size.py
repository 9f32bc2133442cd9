"""The size of an item as DynamoDB bills it, in bytes.

Names and strings count their UTF-8 bytes, numbers one byte and one more for each two significant digits, lists and
maps three bytes and one more per element. Source: "DynamoDB item sizes and formats" in AWS's developer guide;
where it says "approximately" (numbers), DynamoDB Local decides: tests/local/test_item_size.py compares.
"""

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Attribute = Mapping[str, Any]
"""One attribute value on the wire: `{"S": "x"}`, `{"N": "1"}`, `{"M": {…}}` …"""


def item_bytes(item: Mapping[str, Attribute] | None) -> int:
    """Return the billed size of an item, 0 for no item."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in (item or {}).items())


def value_bytes(value: Attribute) -> int:
    """Return the billed size of one attribute value without its name. Raises ValueError for an unknown type."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return number_bytes(content)
        case "B":
            return binary_bytes(content)
        case "BOOL" | "NULL":
            return 1
        case "SS" | "NS" | "BS":
            return sum(value_bytes({kind[0]: member}) for member in content)
    return collection_bytes(kind, content)


def collection_bytes(kind: str, content: Any) -> int:  # noqa: ANN401
    """Return the billed size of a list or a map."""
    if kind == "L":
        return 3 + sum(1 + value_bytes(element) for element in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + value_bytes(element) for name, element in content.items())
    raise ValueError(f"unknown attribute type {kind!r}")


def number_bytes(text: str) -> int:
    """Return the size of a number: digits go in pairs from the decimal point, a sign costs one byte."""
    sign, digits, exponent = Decimal(text).as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"{text} is not a number that DynamoDB stores")  # noqa: TRY004  # the text, not the type
    written = "".join(map(str, digits)).lstrip("0")
    significant = written.rstrip("0")
    if not significant:
        return 1
    odd_tail = (exponent + len(written) - len(significant)) % 2
    return 1 + (len(significant) + odd_tail + 1) // 2 + sign


def binary_bytes(content: str) -> int:
    """Return the size of a binary value, which travels as base64."""
    return len(base64.b64decode(content))

"""Capacity units from bytes. Source: "DynamoDB read and write operations" in AWS's developer guide."""

import math
from collections.abc import Mapping
from typing import Any

from local.emulator.meter.item_size import Attribute, item_bytes

Item = Mapping[str, Attribute]


def write_units(before: Item | None, after: Item | None) -> float:
    """Return the units of one write: the larger of the item before and after, in steps of 1 KiB, at least 1.

    A write whose condition failed costs the same: `after` is then what it would have written.
    """
    return float(max(1, math.ceil(max(item_bytes(before), item_bytes(after)) / 1024)))


def read_units(size: int, *, consistent: bool) -> float:
    """Return the units for reading `size` bytes at once (one item, or one page of a Query), in steps of 4 KiB.

    At least one step, also for nothing found. Eventually consistent reads cost half.
    """
    steps = max(1, math.ceil(size / 4096))
    return steps * (1.0 if consistent else 0.5)


def is_consistent(request: Mapping[str, Any]) -> bool:
    """Whether a request asks for a strongly consistent read."""
    return bool(request.get("ConsistentRead", False))

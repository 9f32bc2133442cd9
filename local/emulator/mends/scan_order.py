"""A Scan gives the items of a partition in the order of their numbers, page by page.

DynamoDB sorts a partition by its sort key, by value where that is a number. The emulator sorts the digits: version 10
of a stream comes before version 2, and whoever reads a table's streams in order finds holes.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from local.emulator.patching import module, rewrite

BY_TEXT = 'for sk in sorted(table["items"][pk].keys()):'
BY_VALUE = "for sk in _tallygate_order(table, pk):"
ABOVE = "if (item_pk, item_sk) > (start_pk, start_sk):"
ABOVE_BY_VALUE = "if (item_pk, _tallygate_value(table, item_sk)) > (start_pk, _tallygate_value(table, start_sk)):"


def order(table: Mapping[str, Any], pk: str) -> Iterable[str]:
    """Return the sort keys of a partition in their order."""
    return sorted(table["items"][pk], key=lambda key: value(table, key))


def value(table: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401
    """Return what a sort key is sorted by: its number, if it is one."""
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    return Decimal(key or 0) if types.get(table["sk_name"]) == "N" else key


def apply() -> None:
    """Sort by value, and go on by value."""
    tables = module("services.dynamodb")
    rewrite(tables, "_scan", (BY_TEXT, BY_VALUE), _tallygate_order=order)
    rewrite(tables, "_apply_exclusive_start_key_scan", (ABOVE, ABOVE_BY_VALUE), _tallygate_value=value)

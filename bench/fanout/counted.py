"""Request units as DynamoDB Local counts them, and the same by the sizes of what was written."""

import base64
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from mypy_boto3_dynamodb import DynamoDBClient

from bench.store.units import Units
from local.emulator.meter.item_size import item_bytes
from local.emulator.meter.units import write_units


class SharedUnits(Units):
    """Units of a client that many threads use at once."""

    def __init__(self, client: DynamoDBClient) -> None:
        self._lock = threading.Lock()
        super().__init__(client)

    def _note(self, model: Any, parsed: dict[str, Any], **more: object) -> None:
        with self._lock:
            super()._note(model, parsed, **more)


def items(dynamodb: DynamoDBClient, table: str) -> Iterator[Mapping[str, Any]]:
    """Every item of a table."""
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def size(item: Mapping[str, Any]) -> int:
    """The bytes that an item is billed for."""
    return item_bytes({name: _on_the_wire(value) for name, value in item.items()})


def units_of_a_write(item: Mapping[str, Any]) -> float:
    """Write units of putting an item over a smaller one."""
    return write_units(None, {name: _on_the_wire(value) for name, value in item.items()})


def _on_the_wire(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value

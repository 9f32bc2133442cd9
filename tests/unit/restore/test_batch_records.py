"""The records of all batches are read by two scans, between which batches begin."""

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tallygate.batch.items import chunk_item, manifest_item
from tallygate.deadline import Deadline
from tallygate.restore.batch_records import BatchRecords
from tallygate.restore.errors import NotSound
from tests.tables import create_batches_table
from tests.unit.restore.test_reopening import place

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE, AT = "batches", datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.fixture
def client(moto_client: "DynamoDBClient") -> "DynamoDBClient":
    create_batches_table(moto_client, TABLE)
    return moto_client


def put(client: "DynamoDBClient", batch: str, *, planned: bool = True) -> None:
    one = place(batch, 0, AT)
    if planned:
        client.put_item(TableName=TABLE, Item=manifest_item(one.manifest))
    client.put_item(TableName=TABLE, Item=chunk_item(one.manifest, one.record))


def found(client: "DynamoDBClient") -> list[str]:
    return sorted(one.manifest.batch for one in BatchRecords(TABLE, client).chunks(Deadline.after(10)))


def test_a_batch_that_begins_between_the_two_scans_is_found(client: "DynamoDBClient") -> None:
    put(client, "before")
    begin: list[Any] = [partial(put, client, "between")]

    def between(**_: object) -> None:
        while begin:
            begin.pop()()

    client.meta.events.register("after-call.dynamodb.Scan", between)
    assert found(client) == ["before", "between"]


def test_a_chunk_of_a_batch_that_has_no_manifest_is_refused(client: "DynamoDBClient") -> None:
    put(client, "b", planned=False)
    with pytest.raises(NotSound, match="a chunk of b generation 0"):
        found(client)

"""A store that writes without a condition and reads one page: the trials must see both."""

import json
import sys
from typing import Any

import boto3

from bench.peers.drivers.loop import serve
from bench.peers.drivers.tally import Tally, tally
from tests.tables import create_events_table

Held = tuple[str, list[dict[str, Any]]]


class CarelessStore:
    conflicts = ()
    duplicates = ()

    def __init__(self, endpoint: str, table: str) -> None:
        self._client = boto3.client("dynamodb", endpoint_url=endpoint)
        self._table = table

    def create(self) -> None:
        create_events_table(self._client, self._table)

    def load(self, stream: str) -> Held:
        page = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :stream",
            ExpressionAttributeValues={":stream": {"S": stream}},
        )
        return stream, [json.loads(item["record"]["S"]) for item in page["Items"]]

    def append(self, held: Held, record: dict[str, Any]) -> Held:
        stream, records = held
        key = {"pk": {"S": stream}, "sk": {"N": str(len(records) + 1)}}
        self._client.put_item(TableName=self._table, Item={**key, "record": {"S": json.dumps(record)}})
        return stream, [*records, record]

    def tally(self, held: Held) -> Tally:
        return tally(held[1])


if __name__ == "__main__":
    serve(CarelessStore(*sys.argv[1:]), "boto3")

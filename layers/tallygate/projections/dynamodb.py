"""The gate's records in a DynamoDB table (`pk` = consumer and bucket, `sk` = stream)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.events.stream_id import StreamId
from tallygate.projections.bucket import BUCKETS
from tallygate.projections.row import Row
from tallygate.projections.row_items import Item, partition, read_contribution, read_row, row_item, row_key
from tallygate.projections.rows import Page, Put, Share
from tallygate.put_if_absent import NOTHING_UNDER_THIS_KEY, resend, standing_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryOutputTypeDef

PAGE_ROWS = 200
BATCH_GET_KEYS = 100  # DynamoDB's limit


class DynamoDBRows:
    """Rows of one consumer.

    Parameters
    ----------
    table : str
        The views table's name.
    consumer : str
        The consumer's id, such as `fleet-1`.
    client : DynamoDBClient, optional
        Default: the process's client with Tallygate's deadlines.
    """

    buckets = BUCKETS

    def __init__(self, table: str, consumer: str, client: "DynamoDBClient | None" = None) -> None:
        self._table = table
        self._consumer = consumer
        self._client = client or aws.dynamodb()

    def get(self, stream: StreamId, until: Deadline) -> Row | None:
        """See `Rows.get`. One read unit per 4 KB."""
        key = row_key(self._consumer, stream)
        answer = resend(
            lambda: self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True), until, what=self._what
        )
        return read_row(answer["Item"]) if "Item" in answer else None

    def get_many(self, streams: Sequence[StreamId], until: Deadline) -> dict[StreamId, Row]:
        """See `Rows.get_many`. One read unit per row and 4 KB."""
        keys = [row_key(self._consumer, stream) for stream in dict.fromkeys(streams)]
        found: dict[StreamId, Row] = {}
        while keys:
            now, keys = keys[:BATCH_GET_KEYS], keys[BATCH_GET_KEYS:]
            items, unread = self._batch(now, until)
            keys += unread
            found.update((row.stream, row) for row in map(read_row, items))
        return found

    # The race this settles, for version n+1 of a stream:
    #   A: read n ──▶ apply ──▶ put if n ──▶ written ──✗ answer lost ──▶ put again ──▶ fails, ALL_OLD = n+1: done
    #   B: read n ──▶ apply ──▶ put if n ──▶ fails, ALL_OLD = n+1: drop what it has, or go on from there
    def put(self, row: Row, standing: Row | None, until: Deadline) -> Put:
        """See `Rows.put`. One write unit per KB, also when the condition fails."""
        item = row_item(self._consumer, row)

        def send() -> Put:
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **_still(standing),
                )
            except ClientError as exc:
                found = standing_item(exc)
                if found is None:
                    raise
                return Put(won=False, row=read_row(found) if found else None)
            return Put(won=True, row=row)

        return resend(send, until, what=f"the write to {self._table}")

    def page(self, bucket: int, after: str, until: Deadline) -> Page:
        """See `Rows.page`. Half a read unit per 4 KB."""
        request = self._query(bucket) | {"Limit": PAGE_ROWS}
        if after:
            request["ExclusiveStartKey"] = {"pk": {"S": partition(self._consumer, bucket)}, "sk": {"S": after}}
        answer = self._send(request, until)
        last = answer.get("LastEvaluatedKey", {}).get("sk", {}).get("S", "")
        return Page(tuple(map(read_row, answer["Items"])), last, _units(answer))

    def share(self, bucket: int, until: Deadline) -> Share:
        """See `Rows.share`. Half a read unit per 4 KB of whole rows, views included."""
        request = self._query(bucket) | {"ProjectionExpression": "contribution, parked.version"}
        contributions, parked, units = [], 0, 0.0
        for answer in self._pages(request, until):
            for item in answer["Items"]:
                contributions.append(read_contribution(item))
                parked += "parked" in item
            units += _units(answer)
        return Share(tuple(contributions), parked, units)

    @property
    def _what(self) -> str:
        return f"the read of {self._table}"

    def _query(self, bucket: int) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :bucket",
            "ExpressionAttributeValues": {":bucket": {"S": partition(self._consumer, bucket)}},
            "ReturnConsumedCapacity": "TOTAL",
        }

    def _send(self, request: dict[str, Any], until: Deadline) -> "QueryOutputTypeDef":
        return resend(lambda: self._client.query(**request), until, what=self._what)

    def _pages(self, request: dict[str, Any], until: Deadline) -> "Iterator[QueryOutputTypeDef]":
        while True:
            answer = self._send(request, until)
            yield answer
            if "LastEvaluatedKey" not in answer:
                return
            request = request | {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _batch(self, keys: list[dict[str, Any]], until: Deadline) -> tuple[list[Item], list[dict[str, Any]]]:
        def send() -> tuple[list[Item], list[dict[str, Any]]]:
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
            unprocessed: Mapping[str, Any] = answer.get("UnprocessedKeys", {})
            unread = list(unprocessed.get(self._table, {}).get("Keys", []))
            if len(unread) == len(keys):
                raise aws.Unanswered("DynamoDB read none of the rows")
            return list(answer["Responses"].get(self._table, [])), unread

        return resend(send, until, what=self._what)


def _still(standing: Row | None) -> dict[str, Any]:
    if standing is None:
        return {"ConditionExpression": NOTHING_UNDER_THIS_KEY}
    parked = "attribute_exists" if standing.parked else "attribute_not_exists"
    return {
        "ConditionExpression": f"#version = :version AND #epoch = :epoch AND {parked}(#parked)",
        "ExpressionAttributeNames": {"#version": "version", "#epoch": "epoch", "#parked": "parked"},
        "ExpressionAttributeValues": {
            ":version": {"N": str(standing.version)},
            ":epoch": {"N": str(standing.epoch)},
        },
    }


def _units(answer: "QueryOutputTypeDef") -> float:
    return float(answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0))

"""The streams of an events table, by a rolling Scan of its keys."""

import json
from typing import TYPE_CHECKING, Any

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.events.stream_id import StreamId
from tallygate.projections.streams import StreamPage
from tallygate.put_if_absent import resend

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBStreams:
    """Reads a table from end to end, a page at a time.

    Parameters
    ----------
    table : str
        The events table's name.
    client : DynamoDBClient, optional
        Default: the process's client with Tallygate's deadlines.
    """

    def __init__(self, table: str, client: "DynamoDBClient | None" = None) -> None:
        self._table = table
        self._client = client or aws.dynamodb()

    def page(self, category: str, after: str, until: Deadline) -> StreamPage:
        """See `Streams.page`. Half a read unit per 4 KB of the table, whatever of it is asked for: 128 a page."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "ProjectionExpression": "pk, sk",
            "FilterExpression": "begins_with(pk, :category) AND sk > :snapshot",
            "ExpressionAttributeValues": {":category": {"S": f"{category}-"}, ":snapshot": {"N": "0"}},
            "ReturnConsumedCapacity": "TOTAL",
        }
        if after:
            request["ExclusiveStartKey"] = json.loads(after)
        answer = resend(lambda: self._client.scan(**request), until, what=f"the scan of {self._table}")
        heads: dict[StreamId, int] = {}
        for item in answer["Items"]:
            stream, version = StreamId(item["pk"]["S"]), int(item["sk"]["N"])
            heads[stream] = max(version, heads.get(stream, 0))
        last: Any = answer.get("LastEvaluatedKey")
        units = float(answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0))
        return StreamPage(heads, json.dumps(last) if last else "", units)

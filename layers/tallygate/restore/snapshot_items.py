"""The snapshots of an events table, by a Scan of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.events.items import SNAPSHOT_SORT_KEY
from tallygate.events.stream_id import StreamId
from tallygate.put_if_absent import resend, standing_item
from tallygate.restore.soundness import StandingSnapshot

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class SnapshotItems:
    """Reads the keys of the whole table: half a read unit for each 4 KB of it.

    Parameters
    ----------
    table : str
    client : DynamoDBClient, optional
        Default: the process's client with Tallygate's deadlines.
    """

    def __init__(self, table: str, client: "DynamoDBClient | None" = None) -> None:
        self._table = table
        self._client = client or aws.dynamodb()

    def all(self, until: Deadline) -> Iterator[StandingSnapshot]:
        """See `Snapshots.all`."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "ProjectionExpression": "pk, version",
            "FilterExpression": "sk = :snapshot",
            "ExpressionAttributeValues": {":snapshot": {"N": SNAPSHOT_SORT_KEY}},
        }
        while True:

            def scan(request: dict[str, Any] = request) -> Any:  # noqa: ANN401
                return self._client.scan(**request)

            answer = resend(scan, until, what=f"the scan of {self._table}")
            for item in answer["Items"]:
                yield StandingSnapshot(StreamId(item["pk"]["S"]), int(item["version"]["N"]))
            if "LastEvaluatedKey" not in answer:
                return
            request = request | {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def remove(self, snapshot: StandingSnapshot, until: Deadline) -> None:
        """See `Snapshots.remove`. Only ever the item `sk = 0`, which is no commit."""

        def delete() -> None:
            try:
                self._client.delete_item(
                    TableName=self._table,
                    Key={"pk": {"S": snapshot.stream}, "sk": {"N": SNAPSHOT_SORT_KEY}},
                    ConditionExpression="version = :version",
                    ExpressionAttributeValues={":version": {"N": str(snapshot.version)}},
                )
            except ClientError as exc:
                if standing_item(exc) is None:
                    raise

        resend(delete, until, what=f"the removal of a snapshot from {self._table}")

"""The commit log on a DynamoDB table (`pk` = stream, `sk` = version; `sk` = 0 is kept for the snapshot)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tallygate.events.codec import from_item, to_item
from tallygate.events.commit import Commit
from tallygate.events.errors import OutcomeUnknown, VersionConflict
from tallygate.events.stream_id import StreamId
from tallygate.put_if_absent import put_if_absent
from tallygate.query import query

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBCommitLog:
    """Commits in one DynamoDB table.

    Parameters
    ----------
    table : str
        The table's name.
    client : DynamoDBClient, optional
        Default: the process's client with Tallygate's deadlines.
    """

    def __init__(self, table: str, client: "DynamoDBClient | None" = None) -> None:
        self._table = table
        self._client = client or aws.dynamodb()

    def put(self, commit: Commit, until: Deadline) -> Commit:
        """See `CommitLog.put`. One write unit per KB, also when the condition fails."""
        try:
            item = put_if_absent(self._client, self._table, to_item(commit), until)
        except Unavailable as exc:
            raise OutcomeUnknown(commit.stream, commit.version, commit.commit_id) from exc
        if item is None:
            return commit
        standing = from_item(item)
        if standing.commit_id != commit.commit_id:
            raise VersionConflict(standing)
        return standing  # an earlier try of ours had landed, its answer was lost

    def read(self, stream: StreamId, *, after: int, until: Deadline) -> Iterator[Commit]:
        """See `CommitLog.read`. One read unit per 4 KB."""
        condition, low = "pk = :stream AND sk > :low", max(after, 0)
        return self._query(condition, {":stream": {"S": stream}, ":low": {"N": str(low)}}, until, forward=True)

    def read_back(self, stream: StreamId, *, before: int, until: Deadline) -> Iterator[Commit]:
        """See `CommitLog.read_back`."""
        condition = "pk = :stream AND sk BETWEEN :first AND :last"
        values = {":stream": {"S": stream}, ":first": {"N": "1"}, ":last": {"N": str(before - 1)}}
        return self._query(condition, values, until, forward=False) if before > 1 else iter(())

    def _query(self, condition: str, values: dict[str, Any], until: Deadline, *, forward: bool) -> Iterator[Commit]:
        request = {
            "TableName": self._table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
            "ScanIndexForward": forward,
        }
        return map(from_item, query(self._client, request, until))

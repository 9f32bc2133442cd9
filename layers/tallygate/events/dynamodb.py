"""The commit log on a DynamoDB table (`pk` = stream, `sk` = version; `sk` = 0 is the snapshot)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput, Unavailable
from tallygate.events.commit import Commit
from tallygate.events.errors import OutcomeUnknown, VersionConflict
from tallygate.events.items import (
    MAX_ITEM_BYTES,
    SNAPSHOT_SORT_KEY,
    CommitItem,
    Item,
    commit_item,
    read_commit,
    read_snapshot,
    snapshot_item,
    too_large,
)
from tallygate.events.log import FIRST_COMMITS, FirstLook
from tallygate.events.overflow.blobs import Blobs
from tallygate.events.overflow.key import overflow_key
from tallygate.events.snapshot import Snapshot
from tallygate.events.stream_id import StreamId
from tallygate.put_if_absent import put_if_absent, resend
from tallygate.put_together import MAX_ITEMS, put_together
from tallygate.query import query

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NEWER = "attribute_not_exists(#version) OR #fold < :fold OR (#fold = :fold AND #version < :version)"


class DynamoDBCommitLog:
    """Commits in one DynamoDB table.

    Parameters
    ----------
    table : str
        The table's name.
    client : DynamoDBClient, optional
        Default: the process's client with Tallygate's deadlines.
    overflow : Blobs, optional
        Where the events of a commit go that is too large for an item. None: such a commit is refused.
    """

    def __init__(self, table: str, client: "DynamoDBClient | None" = None, *, overflow: Blobs | None = None) -> None:
        self._table = table
        self._client = client or aws.dynamodb()
        self._overflow = overflow

    def put(self, commit: Commit, until: Deadline) -> Commit:
        """See `CommitLog.put`. One write unit per KB, also when the condition fails."""
        try:
            packed = self._pack(commit, until)
            standing = put_if_absent(self._client, self._table, packed.item, until)
        except Unavailable as exc:
            raise OutcomeUnknown(commit.stream, [commit.commit_id]) from exc
        return commit.sized(packed.size) if standing is None else self._mine(commit, standing, until)

    def put_together(self, commits: Sequence[Commit], until: Deadline) -> list[Commit]:
        """See `CommitLog.put_together`. Two write units per KB. Commit ids of all of them must be the same."""
        if len(commits) > MAX_ITEMS:
            raise InvalidInput(f"{len(commits)} streams in one append, {MAX_ITEMS} at most: append in several")
        first = commits[0]
        try:
            items = [self._pack(commit, until).item for commit in commits]
            standing = put_together(self._client, self._table, items, first.commit_id, until)
        except Unavailable as exc:
            raise OutcomeUnknown(", ".join(commit.stream for commit in commits), [first.commit_id]) from exc
        if standing is None:
            return list(commits)
        return [
            commit if item is None else self._mine(commit, item, until)
            for commit, item in zip(commits, standing, strict=True)
        ]

    def commit_at(self, stream: StreamId, version: int, until: Deadline) -> Commit | None:
        """See `CommitLog.commit_at`. One read unit per 4 KB of the one commit."""
        values = {":stream": {"S": stream}, ":version": {"N": str(version)}}
        request = self._query("pk = :stream AND sk = :version", values)
        return next(self._commits(query(self._client, request, until), until), None)

    def head(self, stream: StreamId, until: Deadline) -> Commit | None:
        """See `CommitLog.head`. One read unit per 4 KB of the one commit."""
        condition, values = "pk = :stream AND sk > :low", {":stream": {"S": stream}, ":low": {"N": SNAPSHOT_SORT_KEY}}
        request = self._query(condition, values) | {"ScanIndexForward": False, "Limit": 1}
        return next(self._commits(query(self._client, request, until), until), None)

    def read(self, stream: StreamId, *, after: int, until: Deadline) -> Iterator[Commit]:
        """See `CommitLog.read`. One read unit per 4 KB."""
        condition, low = "pk = :stream AND sk > :low", max(after, 0)
        request = self._query(condition, {":stream": {"S": stream}, ":low": {"N": str(low)}})
        return self._commits(query(self._client, request, until), until)

    def read_back(self, stream: StreamId, *, before: int, until: Deadline) -> Iterator[Commit]:
        """See `CommitLog.read_back`."""
        if before <= 1:
            return iter(())
        condition = "pk = :stream AND sk BETWEEN :first AND :last"
        values = {":stream": {"S": stream}, ":first": {"N": "1"}, ":last": {"N": str(before - 1)}}
        request = self._query(condition, values) | {"ScanIndexForward": False}
        return self._commits(query(self._client, request, until), until)

    def first_look(self, stream: StreamId, until: Deadline) -> FirstLook:
        """See `CommitLog.first_look`. One Query: the snapshot is the first item of its partition."""
        values = {":stream": {"S": stream}, ":snapshot": {"N": SNAPSHOT_SORT_KEY}}
        request = self._query("pk = :stream AND sk >= :snapshot", values) | {"Limit": FIRST_COMMITS + 1}
        answer = resend(lambda: self._client.query(**request), until, what=f"the read of {self._table}")
        items: list[Item] = list(answer["Items"])
        snapshot = None
        if items and items[0]["sk"]["N"] == SNAPSHOT_SORT_KEY:
            snapshot = read_snapshot(items.pop(0))
        commits = tuple(self._commits(items, until))
        return FirstLook(snapshot, commits, complete="LastEvaluatedKey" not in answer)

    def put_snapshot(self, snapshot: Snapshot, until: Deadline) -> bool:
        """See `CommitLog.put_snapshot`. One write unit per KB."""
        packed = snapshot_item(snapshot)
        if packed.size > MAX_ITEM_BYTES:
            return False

        def send() -> bool:
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=packed.item,
                    ConditionExpression=_NEWER,
                    ExpressionAttributeNames={"#version": "version", "#fold": "fold"},
                    ExpressionAttributeValues={
                        ":fold": {"N": str(snapshot.fold)},
                        ":version": {"N": str(snapshot.version)},
                    },
                )
            except ClientError as exc:
                if aws.error_code(exc) == "ConditionalCheckFailedException":
                    return False  # a newer one stands, or this one does already: as good
                raise
            return True

        return resend(send, until, what=f"the write of a snapshot to {self._table}")

    def _pack(self, commit: Commit, until: Deadline) -> CommitItem:
        packed = commit_item(commit)
        if packed.overflow is None:
            return packed
        if self._overflow is None:
            raise too_large(commit, packed.size + len(packed.overflow), MAX_ITEM_BYTES)
        # The object first, then the commit that points to it: a reader never finds a commit without its events. If the
        # commit then loses its version, the object is left for the collector.
        key = overflow_key(commit)
        self._overflow.put(key, packed.overflow, until)
        return CommitItem(packed.item | {"overflow": {"S": key}}, packed.size + len(packed.overflow))

    def _mine(self, commit: Commit, item: Item, until: Deadline) -> Commit:
        standing = self._read(item, until)
        if standing.commit_id != commit.commit_id:
            raise VersionConflict(standing)
        return standing  # an earlier try of ours had landed, its answer was lost

    def _query(self, condition: str, values: dict[str, Any]) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
        }

    def _commits(self, items: Iterable[Item], until: Deadline) -> Iterator[Commit]:
        return (self._read(item, until) for item in items)

    def _read(self, item: Item, until: Deadline) -> Commit:
        return read_commit(item, lambda key: self._fetch(key, until))

    def _fetch(self, key: str, until: Deadline) -> bytes:
        if self._overflow is None:
            raise InvalidInput(f"the commit's events are in the overflow bucket ({key}): give the log its `overflow`")
        return self._overflow.get(key, until)

"""The records of all batches, by a Scan of their table."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.batch.items import batch_key, chunk_item, read_chunk, read_manifest
from tallygate.batch.records import Manifest
from tallygate.deadline import Deadline
from tallygate.put_if_absent import resend, standing_item
from tallygate.restore.errors import NotSound
from tallygate.restore.reopening import Place, doubted

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class BatchRecords:
    """Reads the whole table; manifests are kept in memory.

    Parameters
    ----------
    table : str
        The batches table's name.
    client : DynamoDBClient, optional
        Default: the process's client with Tallygate's deadlines.
    """

    def __init__(self, table: str, client: "DynamoDBClient | None" = None) -> None:
        self._table = table
        self._client = client or aws.dynamodb()

    def chunks(self, until: Deadline) -> Iterator[Place]:
        """See `Records.chunks`."""
        manifests = {
            (manifest.batch, manifest.generation): manifest
            for manifest in map(read_manifest, self._items("#manifest", until))
        }
        for item in self._items("#chunk#", until):
            batch = item["pk"]["S"].split("#")[1]
            generation = int(item["sk"]["S"].split("#")[0].removeprefix("g"))
            # Planned since the first of the two scans, if it isn't known.
            manifest = manifests.get((batch, generation)) or self.manifest(batch, generation, until)
            if manifest is None:
                raise NotSound(f"{self._table} has a chunk of {batch} generation {generation}, and no manifest of it")
            manifests[batch, generation] = manifest
            yield Place(manifest=manifest, record=read_chunk(item))

    def manifest(self, batch: str, generation: int, until: Deadline) -> Manifest | None:
        """See `Records.manifest`."""
        key = batch_key(batch, generation, "manifest")
        get = partial(self._client.get_item, TableName=self._table, Key=key, ConsistentRead=True)
        item = resend(get, until, what=f"the read of {self._table}").get("Item")
        return read_manifest(item) if item else None

    def doubt(self, place: Place, now: datetime, until: Deadline) -> None:
        """See `Records.doubt`."""
        item = chunk_item(place.manifest, doubted(place.record, now))
        self._unless_changed(
            partial(
                self._client.put_item,
                TableName=self._table,
                Item=item,
                ConditionExpression="attempt = :attempt",
                ExpressionAttributeValues={":attempt": {"S": place.record.attempt}},
            ),
            until,
        )

    def forget_report(self, manifest: Manifest, until: Deadline) -> None:
        """See `Records.forget_report`."""
        key = batch_key(manifest.batch, manifest.generation, "report")
        self._unless_changed(partial(self._client.delete_item, TableName=self._table, Key=key), until)

    def _unless_changed(self, call: Any, until: Deadline) -> None:  # noqa: ANN401
        def send() -> None:
            try:
                call()
            except ClientError as exc:
                if standing_item(exc) is None:
                    raise

        resend(send, until, what=f"the write to {self._table}")

    def _items(self, kind: str, until: Deadline) -> Iterator[Any]:
        request: dict[str, Any] = {
            "TableName": self._table,
            "FilterExpression": "contains(sk, :kind)",
            "ExpressionAttributeValues": {":kind": {"S": kind}},
            "ConsistentRead": True,
        }
        while True:
            answer = resend(partial(self._client.scan, **request), until, what=f"the scan of {self._table}")
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request = request | {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

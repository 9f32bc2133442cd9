"""The batch store on a DynamoDB table (`pk` = batch and shard, `sk` = generation, kind and number)."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tallygate import aws, clock
from tallygate.batch import items
from tallygate.batch.records import Cancellation, ChunkRecord, Manifest, Progress, Report
from tallygate.batch.work.handover import Handover
from tallygate.deadline import Deadline
from tallygate.put_if_absent import Item, put_if_absent, resend, standing_item
from tallygate.query import query

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DEADLINE_SECONDS = 20.0

NOBODY_ELSE_HOLDS_IT = "attribute_not_exists(lease_until) OR lease_until < :now OR attempt = :me"
I_HOLD_IT = "attempt = :me"
NOBODY_WORKS_ON_IT = "(attribute_not_exists(lease_until) OR lease_until < :now)"
NOT_DISPATCHED_LATELY = "(attribute_not_exists(next_at) OR next_at < :now)"


class DynamoDBBatchStore:
    """Records of batches in one DynamoDB table.

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

    def put_manifest(self, manifest: Manifest) -> Manifest:
        """See `BatchStore.put_manifest`."""
        standing = self._put(items.manifest_item(manifest))
        return manifest if standing is None else items.read_manifest(standing)

    def manifest(self, batch: str, generation: int) -> Manifest | None:
        """See `BatchStore.manifest`."""
        # Immutable: found is found, at half the price. Not found is to be made sure of.
        key = items.batch_key(batch, generation, "manifest")
        item = self._get(key, consistent=False) or self._get(key, consistent=True)
        return items.read_manifest(item) if item else None

    # The race for a chunk's key:   gatekeeper (forced): put ABANDONED ──▶ wins, or fails and leaves DONE standing
    #                               late worker:         put DONE ───────▶ wins, or fails and leaves ABANDONED standing
    # One of them wins, so the items are counted once, as ok and failed or as abandoned.
    def put_chunk(self, manifest: Manifest, record: ChunkRecord) -> ChunkRecord:
        """See `BatchStore.put_chunk`."""
        standing = self._put(items.chunk_item(manifest, record))
        return record if standing is None else items.read_chunk(standing)

    def chunk(self, manifest: Manifest, i: int) -> ChunkRecord | None:
        """See `BatchStore.chunk`."""
        item = self._get(items.key(manifest, "chunk", i), consistent=False)
        return items.read_chunk(item) if item else None

    def chunks(self, manifest: Manifest, *, consistent: bool = False) -> Iterator[ChunkRecord]:
        """See `BatchStore.chunks`."""
        return map(items.read_chunk, self._all(manifest, "chunk", consistent=consistent))

    def take_lease(
        self, manifest: Manifest, i: int, *, attempt: str, now: datetime, until: datetime
    ) -> Progress | None:
        """See `BatchStore.take_lease`."""
        key = items.key(manifest, "progress", i)
        item = self._update(
            key,
            "SET attempt = :me, lease_until = :until ADD attempts :one",
            NOBODY_ELSE_HOLDS_IT,
            {":me": attempt, ":now": now, ":until": until, ":one": 1},
        )
        return None if item is None else items.read_progress(key | dict(item))

    def checkpoint(
        self, manifest: Manifest, i: int, *, attempt: str, handover: Handover, until: datetime | None
    ) -> bool:
        """See `BatchStore.checkpoint`."""
        update, values = items.checkpoint_update(handover, until)
        item = self._update(items.key(manifest, "progress", i), update, I_HOLD_IT, {":me": {"S": attempt}} | values)
        return item is not None

    def progress(self, manifest: Manifest) -> Iterator[Progress]:
        """See `BatchStore.progress`."""
        return map(items.read_progress, self._all(manifest, "progress", consistent=False))

    def take_dispatch(self, manifest: Manifest, i: int, *, now: datetime, next_at: datetime) -> bool:
        """See `BatchStore.take_dispatch`."""
        item = self._update(
            items.key(manifest, "progress", i),
            "SET next_at = :next ADD dispatches :one",
            f"{NOBODY_WORKS_ON_IT} AND {NOT_DISPATCHED_LATELY}",
            {":now": now, ":next": next_at, ":one": 1},
        )
        return item is not None

    def put_cancellation(self, manifest: Manifest, cancellation: Cancellation) -> Cancellation:
        """See `BatchStore.put_cancellation`."""
        standing = self._put(items.cancellation_item(manifest, cancellation))
        return cancellation if standing is None else items.read_cancellation(standing)

    def cancellation(self, manifest: Manifest) -> Cancellation | None:
        """See `BatchStore.cancellation`."""
        item = self._get(items.batch_key(manifest.batch, manifest.generation, "cancel"), consistent=True)
        return items.read_cancellation(item) if item else None

    def put_report(self, manifest: Manifest, report: Report) -> Report:
        """See `BatchStore.put_report`."""
        standing = self._put(items.report_item(manifest, report))
        return report if standing is None else items.read_report(standing)

    def report(self, manifest: Manifest, *, consistent: bool = True) -> Report | None:
        """See `BatchStore.report`."""
        item = self._get(items.batch_key(manifest.batch, manifest.generation, "report"), consistent=consistent)
        return items.read_report(item) if item else None

    def _put(self, item: Item) -> Item | None:
        return put_if_absent(self._client, self._table, item, Deadline.after(DEADLINE_SECONDS))

    def _get(self, key: dict[str, Any], *, consistent: bool) -> Item | None:
        def call() -> Item | None:
            return self._client.get_item(TableName=self._table, Key=key, ConsistentRead=consistent).get("Item")

        return resend(call, Deadline.after(DEADLINE_SECONDS), what=f"the read of {self._table}")

    def _update(self, key: dict[str, Any], update: str, condition: str, values: dict[str, Any]) -> Item | None:
        """The item as it was before the update, empty if there was none; None where the condition failed."""

        def call() -> Item | None:
            try:
                return self._client.update_item(
                    TableName=self._table,
                    Key=key,
                    UpdateExpression=update,
                    ConditionExpression=condition,
                    ExpressionAttributeValues={name: _attribute(value) for name, value in values.items()},
                    ReturnValues="ALL_OLD",
                ).get("Attributes", {})
            except ClientError as exc:
                if standing_item(exc) is None:
                    raise
                return None

        return resend(call, Deadline.after(DEADLINE_SECONDS), what=f"the update of {self._table}")

    def _all(self, manifest: Manifest, kind: str, *, consistent: bool) -> Iterator[Item]:
        for shard in range(manifest.shards):
            yield from self._query(
                items.partition(manifest.batch, shard), f"g{manifest.generation}#{kind}#", consistent=consistent
            )

    def _query(self, partition: dict[str, Any], prefix: str, *, consistent: bool) -> Iterator[Item]:
        request = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "ExpressionAttributeValues": {":pk": partition, ":prefix": {"S": prefix}},
            "ConsistentRead": consistent,
        }
        return query(self._client, request, Deadline.after(DEADLINE_SECONDS))


def _attribute(value: object) -> dict[str, Any]:
    match value:
        case datetime():
            return {"S": clock.to_text(value)}
        case dict():
            return value  # one already
        case int():
            return {"N": str(value)}
        case _:
            return {"S": str(value)}

"""Work on AWS, in Lambda and outside."""

from collections.abc import Sequence

from tallygate import aws
from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.s3_objects import S3ObjectStore
from tallygate.batch.work.chunk_worker import ChunkWorker
from tallygate.batch.work.item_run import ItemRun, is_transient
from tallygate.batch.work.item_runner import MakeItemRunner
from tallygate.batch.worker import Worker
from tallygate.events.wiring import event_store
from tallygate.settings import WorkSettings
from tallygate.smoke.worker import with_smoke


def chunk_worker(
    settings: WorkSettings, workers: Sequence[Worker], *, item_run: MakeItemRunner = ItemRun
) -> ChunkWorker:
    """The worker. An item is tried again also where the user's own call to AWS got no answer."""
    return ChunkWorker(
        DynamoDBBatchStore(settings.batches_table),
        S3ObjectStore(settings.batches_bucket, aws.s3()),
        event_store(settings.events_table, overflow_bucket=settings.overflow_bucket, epoch=settings.events_epoch),
        with_smoke(workers),
        lease_seconds=settings.lease_seconds,
        transient=lambda exc: is_transient(exc) or aws.is_unanswered(exc),
        item_run=item_run,
    )

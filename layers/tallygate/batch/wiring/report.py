"""The report on AWS."""

from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.reporter import Reporter
from tallygate.batch.s3_objects import S3ObjectStore
from tallygate.events.wiring import event_store
from tallygate.settings import ReportSettings


def reporter(settings: ReportSettings) -> Reporter:
    """The reporter."""
    return Reporter(
        DynamoDBBatchStore(settings.batches_table),
        S3ObjectStore(settings.batches_bucket),
        event_store(settings.events_table, overflow_bucket=settings.overflow_bucket, epoch=settings.events_epoch),
    )

"""The composition root of the batch: ports meet adapters here and nowhere else."""

from collections.abc import Sequence

from tallygate import aws
from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.gatekeeper import Gatekeeper
from tallygate.batch.lambda_dispatcher import LambdaDispatcher
from tallygate.batch.plan.manifest_maker import ManifestMaker
from tallygate.batch.plan.planner import Planner
from tallygate.batch.queue.queue_wiring import queue_dispatcher
from tallygate.batch.reporter import Reporter
from tallygate.batch.s3_objects import S3ObjectStore
from tallygate.batch.work.chunk_worker import ChunkWorker
from tallygate.batch.work.item_run import is_transient
from tallygate.batch.worker import Worker
from tallygate.events.store import EventStore
from tallygate.events.wiring import event_store
from tallygate.settings import GatekeeperSettings, PlanSettings, ReportSettings, WorkSettings


def planner(settings: PlanSettings, workers: Sequence[Worker]) -> Planner:
    """The planner on AWS."""
    maker = ManifestMaker(S3ObjectStore(settings.batches_bucket), workers)
    surroundings = {
        "memory_mb": settings.worker_memory_mb,
        "lease_seconds": settings.lease_seconds,
        "plan_memory_mb": settings.plan_memory_mb,
        "plan_storage_mb": settings.plan_storage_mb,
        "queue_concurrency": settings.queue_concurrency or None,
    }
    return Planner(DynamoDBBatchStore(settings.batches_table), maker, workers, surroundings=surroundings)


def chunk_worker(settings: WorkSettings, workers: Sequence[Worker]) -> ChunkWorker:
    """The worker on AWS. An item is tried again also where the user's own call to AWS got no answer."""
    return ChunkWorker(
        DynamoDBBatchStore(settings.batches_table),
        S3ObjectStore(settings.batches_bucket),
        _event_store(settings),
        workers,
        lease_seconds=settings.lease_seconds,
        transient=lambda exc: is_transient(exc) or aws.is_unanswered(exc),
    )


def gatekeeper(settings: GatekeeperSettings) -> Gatekeeper:
    """The gatekeeper on AWS."""
    return Gatekeeper(
        DynamoDBBatchStore(settings.batches_table),
        S3ObjectStore(settings.batches_bucket),
        {"map": LambdaDispatcher(settings.worker_function), "queue": queue_dispatcher(settings.queue_url)},
    )


def reporter(settings: ReportSettings) -> Reporter:
    """The reporter on AWS."""
    return Reporter(
        DynamoDBBatchStore(settings.batches_table), S3ObjectStore(settings.batches_bucket), _event_store(settings)
    )


def _event_store(settings: WorkSettings | ReportSettings) -> EventStore:
    return event_store(settings.events_table, overflow_bucket=settings.overflow_bucket, epoch=settings.events_epoch)

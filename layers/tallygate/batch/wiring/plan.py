"""Plan on AWS."""

from collections.abc import Sequence

from tallygate import aws
from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.plan.manifest_maker import ManifestMaker
from tallygate.batch.plan.planner import Planner
from tallygate.batch.s3_objects import S3ObjectStore
from tallygate.batch.worker import Worker
from tallygate.settings import PlanSettings
from tallygate.smoke.worker import with_smoke


def planner(settings: PlanSettings, workers: Sequence[Worker]) -> Planner:
    """The planner; one more worker than the domain has is the smoke test's."""
    workers = with_smoke(workers)
    maker = ManifestMaker(S3ObjectStore(settings.batches_bucket, aws.s3()), workers)
    surroundings = {
        "memory_mb": settings.worker_memory_mb,
        "lease_seconds": settings.lease_seconds,
        "plan_memory_mb": settings.plan_memory_mb,
        "plan_storage_mb": settings.plan_storage_mb,
        "queue_concurrency": settings.queue_concurrency or None,
    }
    return Planner(DynamoDBBatchStore(settings.batches_table), maker, workers, surroundings=surroundings)

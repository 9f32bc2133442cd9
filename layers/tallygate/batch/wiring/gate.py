"""The gatekeeper on AWS."""

from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.gatekeeper import Gatekeeper
from tallygate.batch.lambda_dispatcher import LambdaDispatcher
from tallygate.batch.queue.queue_dispatcher import QueueDispatcher
from tallygate.batch.queue.sqs_task_queue import SqsTaskQueue
from tallygate.batch.s3_objects import S3ObjectStore
from tallygate.settings import GatekeeperSettings


def gatekeeper(settings: GatekeeperSettings) -> Gatekeeper:
    """The gatekeeper, with both ways to dispatch. Most polls only read the table: its other clients wait."""
    return Gatekeeper(
        DynamoDBBatchStore(settings.batches_table),
        S3ObjectStore(settings.batches_bucket),
        {
            "map": LambdaDispatcher(settings.worker_function),
            "queue": QueueDispatcher(SqsTaskQueue(settings.queue_url)),
        },
    )

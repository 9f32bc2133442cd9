"""Send on AWS."""

from tallygate import aws
from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.queue.sender import Sender
from tallygate.batch.queue.sqs_task_queue import SqsTaskQueue
from tallygate.batch.s3_objects import S3ObjectStore
from tallygate.settings import SendSettings


def sender(settings: SendSettings) -> Sender:
    """The sender."""
    objects = S3ObjectStore(settings.batches_bucket, aws.s3())
    return Sender(DynamoDBBatchStore(settings.batches_table), objects, SqsTaskQueue(settings.queue_url, aws.sqs()))

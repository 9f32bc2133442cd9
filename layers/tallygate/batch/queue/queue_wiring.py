"""The composition root of dispatch by queue: ports meet adapters here, as in `wiring`."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tallygate import aws
from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.queue.interruptible_run import InterruptibleRun
from tallygate.batch.queue.queue_dispatcher import QueueDispatcher
from tallygate.batch.queue.queue_worker import Pace, QueueWorker
from tallygate.batch.queue.sender import Sender
from tallygate.batch.queue.sqs_task_queue import SqsTaskQueue
from tallygate.batch.queue.task_queue import TaskQueue
from tallygate.batch.s3_objects import S3ObjectStore
from tallygate.batch.work.chunk_worker import ChunkWorker
from tallygate.batch.work.item_run import is_transient
from tallygate.batch.worker import Worker
from tallygate.events.wiring import event_store
from tallygate.settings import WorkSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSettings:
    """What `send` needs: the table, the bucket, the queue's address."""

    batches_table: str
    batches_bucket: str
    queue_url: str


def sender(settings: SendSettings) -> Sender:
    """The sender on AWS."""
    objects = S3ObjectStore(settings.batches_bucket)
    return Sender(DynamoDBBatchStore(settings.batches_table), objects, SqsTaskQueue(settings.queue_url))


def queue_dispatcher(queue_url: str) -> QueueDispatcher:
    """The gatekeeper's dispatcher for batches that are dispatched by queue."""
    return QueueDispatcher(SqsTaskQueue(queue_url))


def task_queue(url: str) -> TaskQueue:
    """The queue on AWS."""
    return SqsTaskQueue(url)


def queue_worker(
    settings: WorkSettings, workers: Sequence[Worker], queue: TaskQueue, *, stop: threading.Event, pace: Pace
) -> QueueWorker:
    """A worker outside Lambda, with a chunk worker of its own."""
    worker = ChunkWorker(
        DynamoDBBatchStore(settings.batches_table),
        S3ObjectStore(settings.batches_bucket),
        event_store(settings.events_table, overflow_bucket=settings.overflow_bucket, epoch=settings.events_epoch),
        workers,
        lease_seconds=settings.lease_seconds,
        transient=lambda exc: is_transient(exc) or aws.is_unanswered(exc),
        item_run=partial(InterruptibleRun, interrupted=stop.is_set),
    )
    return QueueWorker(queue, worker, stop=stop, pace=pace)

"""The worker outside Lambda."""

import threading
from collections.abc import Sequence
from functools import partial

from tallygate import aws
from tallygate.batch.queue.interruptible_run import InterruptibleRun
from tallygate.batch.queue.queue_worker import Pace, QueueWorker
from tallygate.batch.queue.sqs_task_queue import SqsTaskQueue
from tallygate.batch.queue.task_queue import TaskQueue
from tallygate.batch.wiring.work import chunk_worker
from tallygate.batch.worker import Worker
from tallygate.settings import WorkSettings


def task_queue(url: str) -> TaskQueue:
    """The queue. Its clients are made before there are threads: to make one is not safe in several at once."""
    return SqsTaskQueue(url, aws.sqs(), aws.patient_sqs())


def queue_worker(
    settings: WorkSettings, workers: Sequence[Worker], queue: TaskQueue, *, stop: threading.Event, pace: Pace
) -> QueueWorker:
    """A worker, with a chunk worker of its own."""
    worker = chunk_worker(settings, workers, item_run=partial(InterruptibleRun, interrupted=stop.is_set))
    return QueueWorker(queue, worker, stop=stop, pace=pace)

"""A batch on in-memory twins whose chunks come by queue, for tests."""

import threading
from collections.abc import Callable

from tallygate.batch import Context, Item
from tallygate.batch.queue.memory_task_queue import MemoryTaskQueue
from tallygate.batch.queue.queue_worker import Pace, QueueWorker
from tallygate.batch.queue.sender import Sender
from tallygate.batch.work.chunk_worker import ChunkWorker
from tallygate.batch.work.item_run import ItemRun
from tallygate.events import EventStore
from tests.unit.batch.batches import Bench

PACE = Pace(wait=0, hidden=60)


def worker(bench: Bench, item_run: Callable[..., ItemRun] = ItemRun) -> ChunkWorker:
    return ChunkWorker(
        bench.records,
        bench.objects,
        EventStore(bench.log, now=bench.clock),
        bench.workers,
        lease_seconds=30,
        now=bench.clock,
        leave=lambda: bench.left.append("left"),
        item_run=item_run,
    )


def planned(process: Callable[[Item, Context], None], items: int, chunk_size: int) -> Bench:
    bench = Bench(process)
    bench.upload(*range(items))
    bench.plan({"chunk_size": chunk_size, "item_concurrency": 4})
    return bench


def sent(bench: Bench, queue: MemoryTaskQueue | None = None) -> MemoryTaskQueue:
    queue = queue or MemoryTaskQueue(lambda: bench.clock().timestamp())
    Sender(bench.records, bench.objects, queue).send("b1", 0)
    return queue


def work(bench: Bench, queue: MemoryTaskQueue) -> None:
    """Work until the queue has nothing to give, in the test's own thread."""
    one = QueueWorker(queue, worker(bench), stop=threading.Event(), pace=PACE, rng=lambda: 0.0)
    while queue.waiting():
        for message in queue.receive(wait_seconds=0, hidden_seconds=PACE.hidden):
            one._handle(message)

"""Processor time of one chunk's attempt, on stores in memory: what an item costs beside its own function."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.batch.domain.waiting import NOTHING
from bench.batch.trials import ITEM_CONCURRENCY, manifest
from tallygate.batch.chunk_index import ChunkIndex
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.memory import MemoryBatchStore
from tallygate.batch.memory_objects import MemoryObjectStore
from tallygate.batch.plan.location import Location
from tallygate.batch.plan.manifest_maker import ManifestMaker
from tallygate.batch.plan.planner import Execution, Planner
from tallygate.batch.work.attempt import Attempt
from tallygate.batch.work.chunk_worker import ChunkWorker
from tallygate.events import EventStore
from tallygate.events.memory import MemoryCommitLog

CHUNK_SIZE, CHUNKS = 500, 40
PLACE = Location(bucket="bench", key="items.csv")


@dataclass(frozen=True)
class Cpu:
    """Microseconds of processor time for an item that does nothing.

    Parameters
    ----------
    plan_us, work_us : float
        Of the plan, of a chunk's attempt.
    """

    plan_us: float
    work_us: float


def cpu(item_concurrency: int = ITEM_CONCURRENCY) -> Cpu:
    """Plan a batch and work on its chunks, one after the other."""
    records, objects = MemoryBatchStore(), MemoryObjectStore()
    objects.upload(PLACE, manifest(CHUNK_SIZE * CHUNKS))
    given = {"manifest": str(PLACE), "chunk_size": CHUNK_SIZE, "item_concurrency": item_concurrency}
    planning = time.process_time()
    Planner(records, ManifestMaker(objects, (NOTHING,)), (NOTHING,)).plan(
        given, Execution(name="cpu", started=datetime.now(UTC))
    )
    planned = time.process_time() - planning
    found = records.manifest("cpu", 0)
    assert found is not None
    worker = ChunkWorker(records, objects, EventStore(MemoryCommitLog()), (NOTHING,), lease_seconds=60)
    chunks = list(ChunkIndex(objects, found.index, found.chunks))
    working = time.process_time()
    attempts = [worker.run(ChunkTask("cpu", 0, chunk), lambda: 100.0).attempt for chunk in chunks]
    worked = time.process_time() - working
    if set(attempts) != {Attempt.WON}:
        raise RuntimeError(f"attempts ended {set(attempts)}, expected all won")
    items = CHUNK_SIZE * CHUNKS
    return Cpu(plan_us=1e6 * planned / items, work_us=1e6 * worked / items)

"""What a batch is like, as far as its cost and its duration go."""

import math
from typing import Literal

import msgspec

Dispatch = Literal["map", "queue"]

FULL_PROCESSOR_MB = 1769  # a function of this size has one processor; a smaller one its share (AWS Lambda's guide)
CHUNKS_PER_SHARD, MAX_SHARDS = 1000, 64  # as the planner has them


class BatchShape(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as asked for, and what is assumed of its surroundings.

    Parameters
    ----------
    items, chunks : int
        At least 1; a chunk has `items / chunks` items, the last one maybe fewer.
    dispatch : str
        `map` or `queue`.
    concurrency, item_concurrency : int
        Chunks at a time, items at a time within a chunk.
    item_seconds : float
        What an item waits for its own calls. An item that computes instead doesn't gain by `item_concurrency`.
    memory_mb, plan_memory_mb, helper_memory_mb : int
        Of the worker, of plan, and of gatekeeper, report and send.
    plan_storage_mb : int
        Disk of plan.
    failed : float
        Share of items that fail, 0 to 1: each makes its chunk's record longer.
    line_bytes : float
        Of the manifest, on average.
    init_seconds : float
        A cold start; it is billed.
    cold_workers : int or None
        Workers that start; None: as many as work at the same time, none being warm yet.
    polls : float or None
        Calls of the gatekeeper that find it not ready; None: expected by the time that dispatch leaves it to wait.
    lease_seconds, worker_seconds : float
        A checkpoint is written three times in a lease; an attempt stops itself after `worker_seconds`.
    item_cpu_seconds : float
        Time of a whole processor that an item costs beside its own function (measured: bench.batch).
    chunk_seconds : float
        What a chunk's attempt waits for its own calls: record, lease, lines, record.
    """

    items: int
    chunks: int
    dispatch: Dispatch = "map"
    concurrency: int = 20
    item_concurrency: int = 20
    item_seconds: float = 0.1
    memory_mb: int = 256
    plan_memory_mb: int = 512
    helper_memory_mb: int = 256
    plan_storage_mb: int = 512
    failed: float = 0.0
    line_bytes: float = 100
    init_seconds: float = 0.8
    cold_workers: int | None = None
    polls: float | None = None
    lease_seconds: float = 30
    worker_seconds: float = 220
    item_cpu_seconds: float = 40e-6
    chunk_seconds: float = 0.05

    @property
    def chunk_items(self) -> float:
        """Items in a chunk."""
        return self.items / self.chunks

    @property
    def shards(self) -> int:
        """Partition keys over which the chunk records are spread."""
        return min(MAX_SHARDS, math.ceil(self.chunks / CHUNKS_PER_SHARD))

    @property
    def cold(self) -> int:
        """Workers that start."""
        return min(self.chunks, self.concurrency) if self.cold_workers is None else self.cold_workers

    @property
    def waiting_seconds(self) -> float:
        """What a chunk's items take if they need no processor: so many rounds of `item_concurrency`."""
        return math.ceil(self.chunk_items / self.item_concurrency) * self.item_seconds

    @property
    def run_seconds(self) -> float:
        """What a chunk's items take: they wait side by side, the processor does one after the other."""
        return max(self.waiting_seconds, self.chunk_items * self.item_cpu_seconds / processor(self.memory_mb))

    @property
    def attempts(self) -> int:
        """Attempts that a chunk needs: one that runs out of time leaves the rest to the next."""
        return max(1, math.ceil(self.run_seconds / self.worker_seconds))

    @property
    def looks(self) -> int:
        """How often a chunk's attempts look whether it has a record: at each checkpoint but an attempt's last."""
        return math.floor(self.run_seconds / (self.lease_seconds / 3))

    @property
    def checkpoints(self) -> int:
        """Of a chunk, each a write; an attempt that runs out of time writes a last one."""
        return self.looks + self.attempts - 1

    @property
    def worker_chunk_seconds(self) -> float:
        """What a chunk takes of a warm worker, all attempts together."""
        return self.run_seconds + self.attempts * self.chunk_seconds


def processor(memory_mb: int) -> float:
    """The share of a processor that one thread has."""
    return min(1.0, memory_mb / FULL_PROCESSOR_MB)


def shape(items: int, chunk_size: int, dispatch: Dispatch = "map") -> BatchShape:
    """The shape of `items` cut into chunks of a size, everything else as by default."""
    return BatchShape(items=items, chunks=math.ceil(items / chunk_size), dispatch=dispatch)

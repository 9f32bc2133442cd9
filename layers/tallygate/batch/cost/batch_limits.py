"""Which limit a batch meets first: ours, AWS's, and its own deadline."""

from collections.abc import Iterator

import msgspec

from tallygate.batch.cost.batch_shape import BatchShape
from tallygate.batch.cost.batch_time import (
    expected_seconds,
    gatekeeper_wait,
    plan_seconds,
    read_seconds,
    send_seconds,
    work_seconds,
)

MAX_CHUNKS = 20_000  # as the planner has it
MAX_CHILDREN = 10_000  # of a Distributed Map at once
MAX_FUNCTIONS = 1_000  # at once, of an account that has not asked for more
UNITS_PER_KEY = 1_000  # written a second under one partition key
UNITS_PER_NEW_TABLE = 4_000  # written a second, on demand, before the table has grown
PLAN_LIMIT, GATEKEEPER_LIMIT, SEND_LIMIT = 840.0, 55.0, 240.0  # seconds of the functions' timeouts
RESERVE_MB, ID_BYTES, HELD_IDS = 8, 8, 1_000_000  # ids are on plan's disk once there are more than that
MAX_EVENTS, EVENTS_PER_POLL, EVENTS_BESIDE = 25_000, 3, 60  # of one execution's history


class Limit(msgspec.Struct, frozen=True):
    """A bound and how much of it a batch takes.

    Parameters
    ----------
    name : str
        What is bounded, with its unit.
    used, allowed : float
    cure : str
        What to do beyond it.
    grows : bool
        Whether it grows with the number of items, everything else as it is.
    """

    name: str
    used: float
    allowed: float
    cure: str
    grows: bool = True

    @property
    def share(self) -> float:
        """1 at the limit."""
        return self.used / self.allowed

    def __str__(self) -> str:
        return f"{self.name}: {self.used:,.6g} of {self.allowed:,.6g}"


def limits(batch: BatchShape, deadline_seconds: float) -> tuple[Limit, ...]:
    """All limits, the next one first."""
    found = (*_ours(batch, deadline_seconds), *_rates(batch))
    return tuple(sorted(found, key=lambda limit: -limit.share))


def next_limit(batch: BatchShape, deadline_seconds: float) -> Limit:
    """The limit that is nearest, or furthest exceeded."""
    return limits(batch, deadline_seconds)[0]


def _ours(batch: BatchShape, deadline_seconds: float) -> Iterator[Limit]:
    expected = expected_seconds(batch)
    yield Limit("seconds to the deadline", expected, deadline_seconds, 'raise "deadline_minutes" or "concurrency"')
    yield Limit("chunks", batch.chunks, MAX_CHUNKS, 'raise "chunk_size", or split the manifest')
    yield Limit("seconds of plan", plan_seconds(batch), PLAN_LIMIT, "raise plan_memory_mb, or split the manifest")
    on_disk = batch.items * ID_BYTES if batch.items > HELD_IDS else 0
    disk = (batch.plan_storage_mb - RESERVE_MB) * 1024**2
    yield Limit("bytes of ids on plan's disk", on_disk, disk, "raise plan_storage_mb, or split the manifest")
    seconds = read_seconds(batch, 2 * batch.chunks)
    yield Limit("seconds of a poll", seconds, GATEKEEPER_LIMIT, 'raise "chunk_size"')
    yield Limit("seconds of a chunk", batch.run_seconds, batch.worker_seconds, 'lower "chunk_size"', grows=False)
    if batch.dispatch == "queue":
        yield Limit("seconds of send", send_seconds(batch), SEND_LIMIT, 'raise "chunk_size"')
    events = EVENTS_BESIDE + gatekeeper_wait(batch)[0] * EVENTS_PER_POLL
    yield Limit("events of an execution", events, MAX_EVENTS, "nothing: it continues as a new execution")


def _rates(batch: BatchShape) -> Iterator[Limit]:
    yield Limit("functions at once", batch.concurrency, MAX_FUNCTIONS, "ask AWS for more", grows=False)
    if batch.dispatch == "map":
        yield Limit("children at once", batch.concurrency, MAX_CHILDREN, 'lower "concurrency"', grows=False)
    units = batch.chunks * (2 + batch.checkpoints) / work_seconds(batch)
    cure = 'raise "chunk_size", or lower "concurrency": until then writes are throttled and sent again'
    yield Limit("write units/s a key", units / batch.shards, UNITS_PER_KEY, cure, grows=False)
    yield Limit("write units/s of a new table", units, UNITS_PER_NEW_TABLE, cure, grows=False)

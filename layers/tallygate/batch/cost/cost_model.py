"""The model: what a batch of a given shape uses of AWS, call by call as the protocol makes them.

With N items in C chunks, `a` attempts a chunk (1 unless a chunk outlasts its worker), `p` polls that are not ready:

transitions      the states on the way (9), p retries, and with `map` one for each child
express          with `map` a request for each child, 64 MB for as long as its worker takes, in steps of 100 ms
invocations      plan, a·C of work, p + 1 of the gatekeeper, report; with `queue` also send
sqs              with `queue` C/10 sends, a receive and a delete for each message, and a look at the queue each poll
write units      manifest, report, its event; a chunk's leases (a), checkpoints and record, each by its bytes
read units       plan: that there is no manifest yet 1½; a worker's chunk record ½, first and at each checkpoint, and,
                 cold, manifest ½; a poll: manifest ½, cancellation 1, and ½ for each 4 KB of chunk records and progress
                 so far, the last one without cancellation and progress; the report: manifest and report ½ each, and 1
                 for each 4 KB of chunk records; its event's stream 1
s3               plan reads the manifest and writes the index, the map reads the index and writes its results, each
                 attempt reads its lines; where items failed the report reads their lines, and writes two objects
gb-seconds       items: what their function takes; init: cold workers, plan, gatekeeper, report; coordination: the rest

Nothing fails here but items. What faults add is small: a chunk that is repeated costs as much as another chunk.
"""

import math

from tallygate.batch.cost.batch_shape import BatchShape
from tallygate.batch.cost.batch_time import gatekeeper_wait, plan_seconds, read_seconds, send_seconds
from tallygate.batch.cost.bill import Amounts

STATES = 9  # Plan, What next?, Dispatch or Send, Gatekeeper, Report, Announce, Notify, Complete?, and the last one
EXPRESS_MB = 64  # the step in which memory is billed: our children need less
EXPRESS_SECONDS = 0.1  # the same for time
MESSAGES_PER_SEND = 10
MAP_READS, MAP_WRITES = 1, 2  # of S3: the index; what succeeded, and the manifest of results
CHUNK_BYTES, PROGRESS_BYTES, MANIFEST_BYTES = 190, 150, 900
FAILURE_BYTES = 80  # in the chunk's record: an id and a short error
MAX_FAILURES_BYTES = 100 * 1024  # a longer list goes to S3
EVENT_UNITS = 1  # the report's event: written once, and its stream read once
LOOKED_UP_BY_PLAN, LOOKED_UP_BY_REPORT = 1.5, 1.0  # read units


def amounts(batch: BatchShape) -> Amounts:
    """Everything that the batch uses."""
    polls, _ = gatekeeper_wait(batch)
    return _work(batch) + _dispatch(batch) + _gatekeeper(batch, polls) + _once(batch)


def _work(batch: BatchShape) -> Amounts:
    attempts = batch.chunks * batch.attempts
    record, listed = _record_bytes(batch)
    writes = attempts + batch.checkpoints * batch.chunks * _blocks(_progress_bytes(batch), 1)
    item_seconds = min(batch.run_seconds, batch.waiting_seconds)
    beside = batch.worker_chunk_seconds - item_seconds
    gb = batch.memory_mb / 1024
    return Amounts(
        invocations=attempts,
        write_units=writes + batch.chunks * _blocks(record, 1),
        read_units=(attempts + batch.looks * batch.chunks + batch.cold) * 0.5,
        s3_gets=attempts,
        s3_puts=batch.chunks * listed,
        coordination_gb_seconds=batch.chunks * beside * gb,
        init_gb_seconds=batch.cold * batch.init_seconds * gb,
        item_gb_seconds=batch.chunks * item_seconds * gb,
    )


def _dispatch(batch: BatchShape) -> Amounts:
    return _map(batch) if batch.dispatch == "map" else _queue(batch)


def _map(batch: BatchShape) -> Amounts:
    first = batch.worker_chunk_seconds / batch.attempts  # the others are the gatekeeper's, without a child
    billed = batch.chunks * math.ceil(first / EXPRESS_SECONDS - 1e-9) * EXPRESS_SECONDS
    return Amounts(
        transitions=batch.chunks,
        express_requests=batch.chunks,
        express_gb_seconds=(billed + batch.cold * batch.init_seconds) * EXPRESS_MB / 1024,
        s3_gets=MAP_READS,
        s3_puts=MAP_WRITES,
    )


def _queue(batch: BatchShape) -> Amounts:
    messages = batch.chunks * batch.attempts
    sends = math.ceil(batch.chunks / MESSAGES_PER_SEND) + (messages - batch.chunks)
    return Amounts(
        invocations=1,
        sqs_requests=sends + 2 * messages + gatekeeper_wait(batch)[0],
        read_units=0.5,
        s3_gets=1,
        coordination_gb_seconds=send_seconds(batch) * batch.helper_memory_mb / 1024,
        init_gb_seconds=batch.init_seconds * batch.helper_memory_mb / 1024,
    )


def _gatekeeper(batch: BatchShape, polls: float) -> Amounts:
    """Every poll reads what is there by then: half of it on average. The last one finds all chunk records."""
    again = batch.chunks * (batch.attempts - 1)  # dispatched again: a write each, and the index's row
    chunks, progress = batch.chunks * _record_bytes(batch)[0], batch.chunks * _progress_bytes(batch)
    reads = polls * (_query(batch, chunks / 2) + _query(batch, progress / 2)) + _query(batch, chunks)
    seconds = polls * read_seconds(batch, batch.chunks) + read_seconds(batch, batch.chunks)
    return Amounts(
        transitions=polls,
        invocations=polls + 1,
        write_units=again,
        read_units=reads + 1.5 * polls + 0.5,
        s3_gets=again,
        coordination_gb_seconds=seconds * batch.helper_memory_mb / 1024,
        init_gb_seconds=batch.init_seconds * batch.helper_memory_mb / 1024,
    )


def _once(batch: BatchShape) -> Amounts:
    plan, helper = batch.plan_memory_mb / 1024, batch.helper_memory_mb / 1024
    chunks = batch.chunks * _record_bytes(batch)[0]
    unlucky = batch.chunks * min(1, batch.failed * batch.chunk_items)  # chunks in which items failed
    return Amounts(
        transitions=STATES,
        invocations=2,
        write_units=_blocks(MANIFEST_BYTES, 1) + 1 + EVENT_UNITS,
        read_units=LOOKED_UP_BY_PLAN + LOOKED_UP_BY_REPORT + 2 * _query(batch, chunks) + EVENT_UNITS,
        s3_gets=1 + unlucky,
        s3_puts=1 + (2 if unlucky else 0),
        events=1,
        notifications=1,
        coordination_gb_seconds=plan_seconds(batch) * plan + read_seconds(batch, batch.chunks) * helper,
        init_gb_seconds=batch.init_seconds * (plan + helper),
    )


def _record_bytes(batch: BatchShape) -> tuple[float, bool]:
    """A chunk's record, and whether its list of failures is an object in S3."""
    failures = batch.failed * batch.chunk_items * FAILURE_BYTES
    return (CHUNK_BYTES, True) if failures > MAX_FAILURES_BYTES else (CHUNK_BYTES + failures, False)


def _progress_bytes(batch: BatchShape) -> float:
    """With the bitmap, which only a checkpoint writes."""
    return PROGRESS_BYTES + (batch.chunk_items / 8 if batch.checkpoints else 0)


def _query(batch: BatchShape, total: float) -> float:
    """Read units, eventually consistent, of all records of a kind: one query for each shard."""
    return batch.shards * max(0.5, 0.5 * _blocks(total / batch.shards, 4))


def _blocks(size: float, kilobytes: int) -> int:
    return math.ceil(size / (1024 * kilobytes))

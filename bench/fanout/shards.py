"""How the fan-out grows with shards: what was measured of an event, and the limits of Kinesis and of Lambda.

Two cores can't show what four shards carry: units are counted, the rest is arithmetic with its inputs beside it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from bench.fanout.consumer import CONSUMER, SECONDS, deliver, delivery
from bench.fanout.counted import units_of_a_write
from bench.fanout.flights import batches
from tallygate.deadline import Deadline
from tallygate.projections.delivery import Record
from tallygate.projections.memory import MemoryRows
from tallygate.projections.row_items import row_item

SHARDS = (1, 2, 4)
# "Quotas and limits" of Kinesis Data Streams, for each shard
RECORDS_IN, BYTES_IN, BYTES_OUT = 1000, 1024 * 1024, 2 * 1024 * 1024
MB_PER_VCPU = 1769  # "Configure Lambda function memory": at this memory a function has one processor


@dataclass(frozen=True)
class Inputs:
    """What an event is, measured here, and what is deployed.

    Parameters
    ----------
    bytes_per_record : float
        On the wire, the partition key included.
    cpu_us : float
        A consumer's processor time per event, boto3 included, on this machine's processor.
    consumers : int
        That read the stream. A filter spares a consumer invocations, not reading.
    memory_mb : int
        Of a consumer's function.
    parallelization : int
        Invocations at a time for one shard.
    """

    bytes_per_record: float
    cpu_us: float
    consumers: int
    memory_mb: int
    parallelization: int


@dataclass(frozen=True)
class Bounds:
    """Events a second that so many shards carry at most, by what ends it; and what was counted.

    Parameters
    ----------
    by_records, by_bytes_in : float
        What may be put.
    by_bytes_out : float
        What all consumers together may read.
    by_processor : float
        What one consumer can apply.
    units_per_event : float
        Write units of the same flights, divided among the shards, in full batches.
    streams_per_batch : float
    largest_share : float
        Part of the events on the shard that has most of them.
    """

    by_records: float
    by_bytes_in: float
    by_bytes_out: float
    by_processor: float
    units_per_event: float
    streams_per_batch: float
    largest_share: float

    @property
    def least(self) -> float:
        """The bound that is met first, where the flights are spread as they are."""
        return min(self.by_records, self.by_bytes_in, self.by_bytes_out, self.by_processor)


def bounds(records: Sequence[Record], shards: int, given: Inputs) -> Bounds:
    """Divide records as Kinesis does, and deliver each shard's to a consumer of its own."""
    parts: list[list[Record]] = [[] for _ in range(shards)]
    for record in records:
        parts[shard_of(record.partition_key, shards)].append(record)
    counted = [_units(part) for part in parts if part]
    share = max(map(len, parts)) / len(records)
    even = 1 / share  # with the fullest shard full, all of them carry so many times what one does
    vcpus = min(1.0, given.memory_mb / MB_PER_VCPU) * given.parallelization
    return Bounds(
        RECORDS_IN * even,
        BYTES_IN / given.bytes_per_record * even,
        BYTES_OUT / given.bytes_per_record / given.consumers * even,
        vcpus * 1e6 / given.cpu_us * even,
        sum(units for units, _, _ in counted) / len(records),
        sum(streams for _, streams, _ in counted) / sum(batches for _, _, batches in counted),
        share,
    )


def shard_of(partition_key: str, shards: int) -> int:
    """Kinesis gives each shard an equal part of the keys' MD5 sums."""
    return int.from_bytes(hashlib.md5(partition_key.encode()).digest()) * shards >> 128


def _units(part: Sequence[Record]) -> tuple[float, int, int]:
    """Write units, streams over all batches, batches."""
    rows = MemoryRows()
    consumer, until, units, streams, count = delivery(rows), Deadline.after(SECONDS), 0.0, 0, 0
    for batch in batches(part):
        delivered = deliver(consumer, batch)
        for one in delivered.offered:
            row = rows.get(one.stream, until)
            if row is not None:
                units += one.writes * units_of_a_write(row_item(CONSUMER, row))
        streams += len(delivered.offered)
        count += 1
    return units, streams, count

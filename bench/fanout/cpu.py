"""Processor time of a consumer per event, and where it goes."""

import cProfile
import gc
import pstats
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import uuid4

from mypy_boto3_dynamodb import DynamoDBClient

from bench.fanout.consumer import CONSUMER, OneThread, deliver, delivery
from bench.fanout.flights import BATCH_RECORDS, batches
from tallygate.projections.delivery import Delivery, Record
from tallygate.projections.dynamodb import DynamoDBRows
from tallygate.projections.memory import MemoryRows
from tests.tables import create_views_table

REMOTE_RECORDS = 1500
SHOWN = 10


@dataclass(frozen=True)
class Cpu:
    """Microseconds of processor time per event, medians over batches.

    Parameters
    ----------
    memory : float
        Rows in memory: the library alone.
    one_thread : float
        The same without handing work from thread to thread.
    dynamodb, dynamodb_one_thread : float
        Rows in DynamoDB Local: what a function spends, with boto3; and the same without threads.
    streams : float
        Streams in a batch, on average.
    functions : sequence of str
        Where the time goes in one thread over memory, most expensive first: its own time, without what it calls.
    """

    memory: float
    one_thread: float
    dynamodb: float
    dynamodb_one_thread: float
    streams: float
    functions: Sequence[str]


def cpu(dynamodb: DynamoDBClient, records: Sequence[Record], times: int) -> Cpu:
    """Deliver records in batches, in turns over each kind of rows, each time from the start."""
    memory, alone, remote, remote_alone = [], [], [], []
    for _ in range(times):
        memory.append(_per_event(delivery(MemoryRows()), records))
        alone.append(_per_event(delivery(MemoryRows(), OneThread()), records))
    remote_of = records[: REMOTE_RECORDS + BATCH_RECORDS]
    for _ in range(max(1, times - 1)):
        remote.append(_per_event(delivery(_dynamodb_rows(dynamodb)), remote_of))
        remote_alone.append(_per_event(delivery(_dynamodb_rows(dynamodb), OneThread()), remote_of))
    parts = list(batches(records))
    streams = sum(len({record.partition_key for record in part}) for part in parts) / len(parts)
    return Cpu(median(memory), median(alone), median(remote), median(remote_alone), streams, profiled(records))


def profiled(records: Sequence[Record]) -> list[str]:
    """The functions that take most of the time, by their own time per event; the profiler adds to each call."""
    consumer, profile = delivery(MemoryRows(), OneThread()), cProfile.Profile()
    for batch in batches(records):
        profile.enable()
        deliver(consumer, batch)
        profile.disable()
    found = []
    for (file, line, name), (_, calls, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        where = name if file == "~" else f"{Path(file).parent.name}/{Path(file).name}:{line} {name}"
        found.append((own, f"{1e6 * own / len(records):.1f} µs own, {calls / len(records):.1f} calls: {where}"))
    return [text for _, text in sorted(found, reverse=True)[:SHOWN]]


def _dynamodb_rows(dynamodb: DynamoDBClient) -> DynamoDBRows:
    return DynamoDBRows(create_views_table(dynamodb, f"views-{uuid4()}"), CONSUMER, dynamodb)


def _per_event(consumer: Delivery, records: Sequence[Record]) -> float:
    """The first batch, in which commits are applied twice to find an impure `apply`, doesn't count."""
    found = []
    gc.collect()
    for number, batch in enumerate(batches(records)):
        began = time.process_time()
        deliver(consumer, batch)
        if number:
            found.append(1e6 * (time.process_time() - began) / len(batch))
    return median(found)

"""Request units per event applied, by how many events of a stream a batch brings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from uuid import uuid4

from mypy_boto3_dynamodb import DynamoDBClient

from bench.fanout.consumer import CONSUMER, deliver, delivery
from bench.fanout.counted import items, units_of_a_write
from bench.fanout.flights import BATCH_RECORDS, batches, records
from bench.store.units import Units
from tallygate.events.commit import Commit
from tallygate.events.stream_id import StreamId
from tallygate.projections.dynamodb import DynamoDBRows
from tests.tables import create_views_table

Streams = Mapping[StreamId, Sequence[Commit]]


@dataclass(frozen=True)
class PerEvent:
    """Units per event applied.

    Parameters
    ----------
    write : float
        The most of the three rounds below.
    read_new, read_warm, read_cold : float
        Of streams that begin in the batch; whose rows this process has written; whose rows another one has.
    miscounted : float
        By how much the write units differ from those that the rows' sizes make, in parts of the latter.
    """

    write: float
    read_new: float
    read_warm: float
    read_cold: float
    miscounted: float


def per_event(dynamodb: DynamoDBClient, units: Units, streams: Streams, each: int) -> PerEvent:
    """Deliver three times so many commits of each stream; the last time to a process that has just started."""
    table = create_views_table(dynamodb, f"views-{uuid4()}")
    rows = DynamoDBRows(table, CONSUMER, dynamodb)
    warm = delivery(rows)
    rounds = []
    for number, consumer in enumerate((warm, warm, delivery(rows))):
        given = records(chain.from_iterable(own[number * each : (number + 1) * each] for own in streams.values()))
        units.reset()
        for batch in batches(given, BATCH_RECORDS // each * each):  # a stream's records are all in one batch
            deliver(consumer, batch)
        write, read = units.write, units.read
        true = sum(map(units_of_a_write, items(dynamodb, table)))
        rounds.append((write / len(given), read / len(given), abs(write - true) / true))
    writes, reads, errors = zip(*rounds, strict=True)
    new, again, cold = reads
    return PerEvent(max(writes), new, again, cold, max(errors))

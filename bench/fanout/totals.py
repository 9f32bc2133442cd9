"""What it costs to fold totals: of the whole fleet, measured; of a million streams, by a model."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import mean, median
from typing import Any
from uuid import uuid4

from mypy_boto3_dynamodb import DynamoDBClient

from bench.fanout.consumer import CONSUMER
from bench.fanout.counted import items, size
from bench.fanout.flights import slices
from bench.store.streams import client
from bench.store.units import Units
from domain.fleet import FLEET
from local import flights, view_truth
from tallygate.deadline import Deadline
from tallygate.events.memory import MemoryCommitLog
from tallygate.projections.dynamodb import DynamoDBRows
from tallygate.projections.dynamodb_notes import DynamoDBNotes
from tallygate.projections.fold import Fold
from tallygate.projections.gate import Gate
from tallygate.projections.memory import MemoryRows
from tallygate.projections.row import Row
from tallygate.projections.row_items import row_item
from tallygate.projections.totals import TotalsReader
from tests.tables import create_views_table

DOLLARS_PER_MILLION_READ_UNITS = 0.125  # on demand
BYTES_PER_UNIT = 2 * 4096  # eventually consistent
MANY = 1_000_000
TIMES = 3
SECONDS = 60.0
BATCH_WRITE_ITEMS = 25  # DynamoDB's limit


@dataclass(frozen=True)
class Folded:
    """A fold of the totals of many streams.

    Parameters
    ----------
    streams : int
    bytes_per_row, largest_row : float
        As DynamoDB bills them.
    read_units : float
        That DynamoDB Local counted.
    told_units : float
        That the totals themselves tell.
    modelled_units : float
        By the bytes alone: what the model for many streams is made of.
    seconds : float
        Of a fold on DynamoDB Local, the median.
    cached_units : float
        Read units of totals that somebody else has folded.
    wrong : int
        Names in which the totals differ from the file's.
    many_units, many_dollars : float
        A fold of a million such streams.
    """

    streams: int
    bytes_per_row: float
    largest_row: float
    read_units: float
    told_units: float
    modelled_units: float
    seconds: float
    cached_units: float
    wrong: int
    many_units: float
    many_dollars: float


def folded(dynamodb: DynamoDBClient, units: Units, flown: int | None = None) -> Folded:
    """Bring the file's first flights, or all of them, into rows, and fold these."""
    table = create_views_table(dynamodb, f"views-{uuid4()}")
    _write(client(dynamodb.meta.endpoint_url), table, [row_item(CONSUMER, row) for row in _rows(flown)])
    sizes = [size(item) for item in items(dynamodb, table)]
    reader = TotalsReader(DynamoDBRows(table, CONSUMER, dynamodb), DynamoDBNotes(table, dynamodb), CONSUMER)
    units.reset()
    totals = reader.read(0, Deadline.after(SECONDS))
    read_units = units.read
    seconds = [_seconds(reader) for _ in range(TIMES)]
    reader.read(SECONDS, Deadline.after(SECONDS))  # keeps it
    units.reset()
    reader.read(SECONDS, Deadline.after(SECONDS))
    cached_units = units.read
    many = MANY * mean(sizes) / BYTES_PER_UNIT
    return Folded(
        totals.streams,
        mean(sizes),
        max(sizes),
        read_units,
        totals.read_units,
        sum(sizes) / BYTES_PER_UNIT,
        median(seconds),
        cached_units,
        _differences(dict(totals.values), flown),
        many,
        many * DOLLARS_PER_MILLION_READ_UNITS / 1e6,
    )


def _seconds(reader: TotalsReader) -> float:
    began = time.perf_counter()
    reader.read(0, Deadline.after(SECONDS))
    return time.perf_counter() - began


def _rows(flown: int | None) -> Iterator[Row]:
    """The rows that the gate makes of the flights, in memory."""
    rows, log, until = MemoryRows(), MemoryCommitLog(), Deadline.after(600)
    gate = Gate(Fold(FLEET, log), rows, log)
    for some in slices(flown):
        for stream, commits in some.items():
            gate.offer(stream, commits, until)
    for bucket in range(rows.buckets):
        page = rows.page(bucket, "", until)
        yield from page.rows
        while page.after:
            page = rows.page(bucket, page.after, until)
            yield from page.rows


def _write(dynamodb: DynamoDBClient, table: str, made: Sequence[dict[str, Any]]) -> None:
    left = iter(made)
    while some := list(islice(left, BATCH_WRITE_ITEMS)):
        dynamodb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}} for item in some]})


def _differences(values: dict[str, Any], flown: int | None) -> int:
    with tempfile.TemporaryDirectory() as folder:
        manifest = Path(folder) / "flights.csv"
        flights.write_manifest(manifest, flown)
        true = view_truth.summed(view_truth.true_views(manifest)[view_truth.FLEET])
    return sum(values.get(name, 0) != true[name] for name in values.keys() | true.keys())

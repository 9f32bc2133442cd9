"""All that needs no deployment: units, processor time, shards, totals, on one DynamoDB Local."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean

from mypy_boto3_dynamodb import DynamoDBClient

from bench.fanout.counted import SharedUnits
from bench.fanout.cpu import Cpu, cpu
from bench.fanout.flights import busiest, first_commits, records
from bench.fanout.shards import SHARDS, Bounds, Inputs, bounds
from bench.fanout.totals import Folded, folded
from bench.fanout.units import PerEvent, per_event
from bench.store.streams import client
from bench.store.units import Units
from domain import EFFECTS, PROJECTIONS
from stacks.environments import ENVIRONMENTS


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Parameters
    ----------
    per_batch : tuple of int
        Events of a stream in a batch.
    streams : int
        That get them: the busiest of the flights.
    flights : int or None
        The file's first flights; None: all of them.
    sample : int
        The first flights, for processor time and shards.
    times : int
        How often processor time is measured over memory.
    """

    per_batch: tuple[int, ...] = (1, 5, 50)
    streams: int = 200
    flights: int | None = None
    sample: int = 4000
    times: int = 3


@dataclass(frozen=True)
class Undeployed:
    """What was found; see the parts."""

    units: Mapping[int, PerEvent]
    cpu: Cpu
    inputs: Inputs
    shards: Mapping[int, Bounds]
    totals: Folded


def measure(endpoint: str, sizes: Sizes | None = None) -> Undeployed:
    """Run all of it; about two minutes."""
    sizes, dynamodb = sizes or Sizes(), client(endpoint)
    units = SharedUnits(dynamodb)
    sample = records(first_commits(sizes.sample))
    used = cpu(client(endpoint), sample, sizes.times)
    given = Inputs(
        mean(len(record.data) + len(record.partition_key) for record in sample),
        used.dynamodb,
        len(PROJECTIONS) + len(EFFECTS),
        ENVIRONMENTS["prod"].consumer_memory_mb,
        ENVIRONMENTS["prod"].consumer_parallelization,
    )
    return Undeployed(
        units_per_event(dynamodb, units, sizes),
        used,
        given,
        {shards: bounds(sample, shards, given) for shards in SHARDS},
        folded(dynamodb, units, sizes.flights),
    )


def units_per_event(dynamodb: DynamoDBClient, units: Units, sizes: Sizes) -> Mapping[int, PerEvent]:
    """By events of a stream in a batch."""
    streams = busiest(sizes.streams, 3 * max(sizes.per_batch), sizes.flights)
    return {each: per_event(dynamodb, units, streams, each) for each in sizes.per_batch}

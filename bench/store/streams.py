"""The table, the aggregates and the events of the benchmarks."""

import base64
import random
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import boto3
from mypy_boto3_dynamodb import DynamoDBClient

from bench.peers.payload import flight
from tallygate import aws
from tallygate.events import Aggregate, EventStore
from tallygate.events.dynamodb import DynamoDBCommitLog
from tests.tables import create_events_table

ANYBODY: dict[str, Any] = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}


@dataclass(frozen=True)
class Logged:
    """A flight record, as the peers' benchmark has it."""

    record: dict[str, str | int]


@dataclass(frozen=True)
class Count:
    """A small state."""

    flights: int = 0


def evolve(count: Count, _event: Logged) -> Count:
    return Count(count.flights + 1)


FLIGHTS = Aggregate(category="flights", initial=Count(), evolve=evolve, events=(Logged,))
PLAIN = replace(FLIGHTS, snapshots=False)
NOTHING: tuple[Logged, ...] = ()
HISTORY = Aggregate(
    category="flights",
    initial=NOTHING,
    evolve=lambda history, event: (*history, event),
    events=(Logged,),
    state=tuple[Logged, ...],
)


def text(number: int, size: int) -> Logged:
    """An event of `size` bytes of JSON, its envelope not counted, that compresses like text."""
    return Logged(flight(number, size))


def noise(number: int, size: int) -> Logged:
    """One that hardly compresses."""
    return Logged({"trace": base64.b64encode(random.Random(number).randbytes(size)).decode()[: size - 12]})


def client(endpoint: str) -> DynamoDBClient:
    return boto3.client("dynamodb", endpoint_url=endpoint, config=aws.config(), **ANYBODY)


def table(dynamodb: DynamoDBClient) -> str:
    return create_events_table(dynamodb, f"events-{uuid4()}")


def store(dynamodb: DynamoDBClient, name: str, **options: Any) -> EventStore:
    return EventStore(DynamoDBCommitLog(name, dynamodb), **options)


def filled(dynamodb: DynamoDBClient, name: str, id: str, events: int, *, size: int = 200, per_commit: int = 1) -> None:
    """A stream of so many events, in commits of `per_commit`, with the snapshots that come of it."""
    filling = store(dynamodb, name)
    loaded = filling.load(FLIGHTS, id)
    for first in range(0, events, per_commit):
        loaded = filling.append(loaded, [text(number, size) for number in range(first, first + per_commit)])

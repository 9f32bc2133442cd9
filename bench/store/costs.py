"""Request units: of appends by size, of reading a stream by the way of reading it."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

from mypy_boto3_dynamodb import DynamoDBClient

from bench.store.streams import FLIGHTS, HISTORY, PLAIN, Logged, filled, noise, store, table, text
from bench.store.units import Units

if TYPE_CHECKING:
    from tallygate.events import Aggregate

SIZES = (200, 800, 4_000, 20_000)
EVENTS = 1000
TIMES = 9


@dataclass(frozen=True)
class Read:
    """One way to read a stream: read units, calls one after the other, milliseconds (the median)."""

    units: float
    round_trips: float
    ms: float


def appends(dynamodb: DynamoDBClient, units: Units) -> dict[str, dict[int, float]]:
    """Write units of an append, by kind of event and its bytes."""
    name = table(dynamodb)
    kinds: dict[str, Callable[[int, int], Logged]] = {"flight JSON": text, "incompressible": noise}
    return {
        kind: {size: _append(dynamodb, units, name, make(1, size)) for size in SIZES} for kind, make in kinds.items()
    }


def _append(dynamodb: DynamoDBClient, units: Units, name: str, event: Logged) -> float:
    appending = store(dynamodb, name)
    loaded = appending.load(FLIGHTS, "cost")
    units.reset()
    appending.append(loaded, [event])
    return units.write


def amortised(dynamodb: DynamoDBClient, units: Units) -> dict[str, float]:
    """Write units of 1,000 commits with their snapshots, over the same without."""
    found = {}
    states: dict[str, Aggregate[Any]] = {"a small state": FLIGHTS, "a state that holds every event": HISTORY}
    for name, aggregate in states.items():
        spent = []
        for kind in (aggregate, replace(aggregate, snapshots=False)):
            appending = store(dynamodb, table(dynamodb))
            units.reset()
            for number in range(EVENTS):
                decide = partial(_always, text(number, SIZES[0]))
                appending.execute(kind, "1", decide, command_id=str(number), since=datetime.now(UTC))
            appending.settle()
            spent.append(units.write)
        found[name] = spent[0] / spent[1]
    return found


def _always(event: Logged, _state: object) -> list[Logged]:
    return [event]


def reads(dynamodb: DynamoDBClient, units: Units) -> dict[str, Read]:
    """A stream of 1,000 events, read in several ways."""
    name = table(dynamodb)
    filled(dynamodb, name, "single", EVENTS)
    filled(dynamodb, name, "fives", EVENTS, per_commit=5)
    snapshots = store(dynamodb, name)
    snapshots.load(FLIGHTS, "single")  # cold and long: this has a snapshot written
    snapshots.settle()
    loaded = snapshots.load(FLIGHTS, "single")
    for number in range(20):  # the tail that a snapshot has, most of the time
        loaded = snapshots.append(loaded, [text(number, 200)])
    _interleave(dynamodb, name)
    return {
        "cold, no snapshot, an event a commit": _timed(units, lambda: _cold(dynamodb, name, PLAIN, "single")),
        "cold, no snapshot, five events a commit": _timed(units, lambda: _cold(dynamodb, name, PLAIN, "fives")),
        "cold, with a snapshot (one look, then the tail)": _timed(
            units, lambda: _cold(dynamodb, name, FLIGHTS, "single")
        ),
        "  the same by GetItem, then Query": _timed(units, lambda: _sequential(dynamodb, name)),
        "  the same by GetItem and Query at once": _timed(units, lambda: _parallel(dynamodb, name), at_once=2),
        "  interleaved snapshots, read backwards": _timed(units, lambda: _backwards(dynamodb, name)),
        "warm": _timed(units, lambda: snapshots.load(FLIGHTS, "single")),
    }


def _timed(units: Units, read: Callable[[], object], *, at_once: int = 1) -> Read:
    seconds = []
    for _ in range(TIMES):
        units.reset()
        started = time.perf_counter()
        read()
        seconds.append(time.perf_counter() - started)
    return Read(units.read, units.calls.total() / at_once, 1000 * median(seconds))


def _cold(dynamodb: DynamoDBClient, name: str, aggregate: Any, id: str) -> object:
    return store(dynamodb, name).load(aggregate, id)


# The alternatives, bare: what they read, not what is made of it.


def _sequential(dynamodb: DynamoDBClient, name: str) -> None:
    snapshot = _snapshot(dynamodb, name)
    _tail(dynamodb, name, int(snapshot["version"]["N"]))


def _parallel(dynamodb: DynamoDBClient, name: str) -> None:
    """Nobody knows yet where the tail begins: the newest 32 commits are asked for, in the hope that it is shorter."""
    with ThreadPoolExecutor(2) as pool:
        snapshot = pool.submit(_snapshot, dynamodb, name)
        newest = pool.submit(_newest, dynamodb, name, "flights-single", 32)
        if int(newest.result()[-1]["sk"]["N"]) > int(snapshot.result()["version"]["N"]) + 1:
            raise AssertionError("the tail is longer than what was asked for")


def _backwards(dynamodb: DynamoDBClient, name: str) -> None:
    """The seed's other design: snapshots among the commits, every 32; read backwards until one is found."""
    items = _newest(dynamodb, name, "interleaved", 33)
    if not any("state" in item for item in items):
        raise AssertionError("no snapshot among the newest 33")


def _interleave(dynamodb: DynamoDBClient, name: str) -> None:
    """The same commits with a snapshot after every 32nd, so that it is as far from the end as ours is."""
    version = 0
    pages = dynamodb.get_paginator("query").paginate(
        TableName=name,
        KeyConditionExpression="pk = :stream",
        ExpressionAttributeValues={":stream": {"S": "flights-single"}},
    )
    items = [item for page in pages for item in page["Items"]]
    snapshot, commits = items[0], items[1:]
    offset = (len(commits) - 20) % 32
    for number, commit in enumerate(commits, start=1):
        version += 1
        dynamodb.put_item(TableName=name, Item=commit | {"pk": {"S": "interleaved"}, "sk": {"N": str(version)}})
        if number % 32 == offset:
            version += 1
            dynamodb.put_item(TableName=name, Item=snapshot | {"pk": {"S": "interleaved"}, "sk": {"N": str(version)}})


def _snapshot(dynamodb: DynamoDBClient, name: str) -> dict[str, Any]:
    key = {"pk": {"S": "flights-single"}, "sk": {"N": "0"}}
    return dynamodb.get_item(TableName=name, Key=key, ConsistentRead=True)["Item"]


def _tail(dynamodb: DynamoDBClient, name: str, after: int) -> None:
    dynamodb.query(
        TableName=name,
        KeyConditionExpression="pk = :stream AND sk > :after",
        ExpressionAttributeValues={":stream": {"S": "flights-single"}, ":after": {"N": str(after)}},
        ConsistentRead=True,
    )


def _newest(dynamodb: DynamoDBClient, name: str, stream: str, count: int) -> list[dict[str, Any]]:
    return dynamodb.query(
        TableName=name,
        KeyConditionExpression="pk = :stream AND sk > :snapshot",
        ExpressionAttributeValues={":stream": {"S": stream}, ":snapshot": {"N": "0"}},
        ConsistentRead=True,
        ScanIndexForward=False,
        Limit=count,
    )["Items"]

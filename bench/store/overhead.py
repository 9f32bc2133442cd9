"""What the library adds to the call that it can't do without: appends over `put_item`, loads over a paged query."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from mypy_boto3_dynamodb import DynamoDBClient

from bench.store.streams import FLIGHTS, PLAIN, filled, store, table, text
from tallygate.events import Commit
from tallygate.events.commit import new_commit_id
from tallygate.events.items import Item, commit_item
from tallygate.put_if_absent import NOTHING_UNDER_THIS_KEY

APPENDS, WARM_UP = 1500, 300
LOADS = {100: 60, 1000: 15}


@dataclass(frozen=True)
class Overhead:
    """Medians of one comparison; calls in turns, so that both meet the same machine.

    Parameters
    ----------
    ours_ms, bare_ms : float
    cpu_us : float
        Processor time of the calling thread, ours less bare.
    """

    ours_ms: float
    bare_ms: float
    cpu_us: float

    @property
    def ratio(self) -> float:
        """Ours over bare."""
        return self.ours_ms / self.bare_ms


def append(dynamodb: DynamoDBClient) -> Overhead:
    """One event of 200 B to a loaded stream, and the same item by the bare client."""
    name = table(dynamodb)
    ours = store(dynamodb, name)
    loaded = ours.load(FLIGHTS, "ours")
    items = (_item(version) for version in range(1, APPENDS + WARM_UP + 1))
    event = text(1, 200)

    def append_one() -> None:
        nonlocal loaded
        loaded = ours.append(loaded, [event])

    def put_one() -> None:
        dynamodb.put_item(
            TableName=name,
            Item=prepared,
            ConditionExpression=NOTHING_UNDER_THIS_KEY,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    clocks = _Clocks(), _Clocks()
    for number in range(APPENDS + WARM_UP):
        prepared = next(items)
        for clock, call in zip(clocks, (append_one, put_one), strict=True):
            clock.time(call, keep=number >= WARM_UP)
    return _compared(*clocks)


def load(dynamodb: DynamoDBClient, commits: int) -> Overhead:
    """A whole stream that has no snapshot, and the same query, every page, by the bare client."""
    name = table(dynamodb)
    filled(dynamodb, name, "1", commits)
    clocks = _Clocks(), _Clocks()

    def load_all() -> None:
        if store(dynamodb, name).load(PLAIN, "1").version != commits:
            raise AssertionError("not all commits were loaded")

    def query_all() -> None:
        if query(dynamodb, name, "flights-1") != commits:
            raise AssertionError("not all items were read")

    for number in range(LOADS[commits] + 3):
        for clock, call in zip(clocks, (load_all, query_all), strict=True):
            clock.time(call, keep=number >= 3)
    return _compared(*clocks)


def query(dynamodb: DynamoDBClient, name: str, stream: str) -> int:
    """Read all commits with nothing but the client, every page (its paginator takes longer); returns how many."""
    request: dict[str, Any] = {
        "TableName": name,
        "KeyConditionExpression": "pk = :stream AND sk > :snapshot",
        "ExpressionAttributeValues": {":stream": {"S": stream}, ":snapshot": {"N": "0"}},
        "ConsistentRead": True,
    }
    count = 0
    while True:
        page = dynamodb.query(**request)
        count += len(page["Items"])
        if "LastEvaluatedKey" not in page:
            return count
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


class _Clocks:
    """Wall and processor time of calls."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def time(self, call: Callable[[], None], *, keep: bool) -> None:
        cpu, wall = time.thread_time(), time.perf_counter()
        call()
        if keep:
            self.wall.append(time.perf_counter() - wall)
            self.cpu.append(time.thread_time() - cpu)


def _compared(ours: _Clocks, bare: _Clocks) -> Overhead:
    cpu = median(ours.cpu) - median(bare.cpu)
    return Overhead(1e3 * median(ours.wall), 1e3 * median(bare.wall), 1e6 * cpu)


def _item(version: int) -> Item:
    event = FLIGHTS.encode(text(1, 200))
    stream = FLIGHTS.stream("bare")
    return commit_item(Commit(stream, version, new_commit_id(), (event,), (), datetime.now(UTC))).item

"""Each fault by itself, at a rate no service has: every command once, and no call that hangs."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from local.faults.wire import ALL, Fault, WireFaults, late
from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.events import EventStore, OutcomeUnknown
from tallygate.events.dynamodb import DynamoDBCommitLog
from tests.accounts import ACCOUNT, deposit
from tests.conftest import ANYBODY
from tests.tables import create_events_table

SEED = 3
COMMANDS = 40
STREAM = ACCOUNT.stream("1")
EVERY_OPERATION = ("PutItem", "Query", "GetItem", "TransactWriteItems")
Proxied = Callable[..., tuple[DynamoDBClient, WireFaults]]


@pytest.fixture
def proxied(dynamodb_local_client: DynamoDBClient, tmp_path: Path) -> Iterator[Proxied]:
    """A client whose calls meet the faults given."""
    with ExitStack() as running:

        def start(faults: dict[str, Fault], probability: float) -> tuple[DynamoDBClient, WireFaults]:
            proxy = running.enter_context(
                WireFaults(
                    upstream=dynamodb_local_client.meta.endpoint_url,
                    seed=SEED,
                    log=tmp_path / "proxy.log",
                    probability=probability,
                    faults=faults,
                    operations=EVERY_OPERATION,
                )
            )
            return boto3.client("dynamodb", endpoint_url=proxy.endpoint, config=aws.config(), **ANYBODY), proxy

        yield start


@pytest.fixture
def table(dynamodb_local_client: DynamoDBClient) -> str:
    return create_events_table(dynamodb_local_client, f"events-{uuid4()}")


@pytest.fixture
def truth(dynamodb_local_client: DynamoDBClient, table: str) -> DynamoDBCommitLog:
    """The table itself, past the proxy."""
    return DynamoDBCommitLog(table, dynamodb_local_client)


def commands_in(log: DynamoDBCommitLog) -> list[str]:
    return [id for commit in log.read(STREAM, after=0, until=Deadline.after(30)) for id in commit.commands]


@pytest.mark.parametrize("name", ALL)
def test_every_command_is_stored_once(proxied: Proxied, table: str, truth: DynamoDBCommitLog, name: str) -> None:
    client, proxy = proxied({name: ALL[name]}, 0.3)
    store, since = EventStore(DynamoDBCommitLog(table, client)), datetime.now(UTC)
    for n in range(COMMANDS):
        store.execute(ACCOUNT, "1", deposit, command_id=f"c{n}", since=since, deadline_seconds=60)
    assert commands_in(truth) == [f"c{n}" for n in range(COMMANDS)]
    assert proxy.fired()[name] >= 8


@pytest.mark.long
@pytest.mark.parametrize("name", ALL)
def test_a_transaction_is_stored_once(proxied: Proxied, table: str, truth: DynamoDBCommitLog, name: str) -> None:
    client, proxy = proxied({name: ALL[name]}, 0.3)
    store = EventStore(DynamoDBCommitLog(table, client))
    for _ in range(10):
        pair = [store.load(ACCOUNT, id, deadline_seconds=60) for id in ("1", "2")]
        store.append_together([(one, deposit(one.state)) for one in pair], deadline_seconds=60)
    assert [EventStore(truth).load(ACCOUNT, id).version for id in ("1", "2")] == [10, 10]
    assert proxy.fired()[name] >= 3


@pytest.mark.long
def test_a_call_without_an_answer_is_given_up_within_seconds(
    proxied: Proxied, table: str, truth: DynamoDBCommitLog
) -> None:
    """botocore's defaults would wait a minute for each of these answers, several times over."""
    client, proxy = proxied(dict(late(30)), 0.2)
    store, since = EventStore(DynamoDBCommitLog(table, client)), datetime.now(UTC)
    slowest = 0.0
    n = 0
    while not sum(proxy.fired().values()):
        began = time.monotonic()
        store.execute(ACCOUNT, "1", deposit, command_id=f"c{n}", since=since, deadline_seconds=30)
        slowest = max(slowest, time.monotonic() - began)
        n += 1
    assert slowest < 15
    assert commands_in(truth) == [f"c{i}" for i in range(n)]


@pytest.mark.long
def test_past_the_deadline_the_outcome_is_unknown_and_the_same_command_settles_it(
    proxied: Proxied, dynamodb_local_client: DynamoDBClient, table: str, truth: DynamoDBCommitLog
) -> None:
    """The write lands after its caller has gone, in the midst of the next try."""
    client, _ = proxied(dict(late(4)), 1.0)
    since = datetime.now(UTC)
    direct = EventStore(truth)
    direct.execute(ACCOUNT, "1", deposit, command_id="before", since=since)
    slow = EventStore(DynamoDBCommitLog(table, client))
    slow._cache.get(STREAM, ACCOUNT).position = direct._cache.get(STREAM, ACCOUNT).position
    slow._cache.get(STREAM, ACCOUNT).at = time.monotonic()  # no read: it is the put that is late
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        slow.execute(ACCOUNT, "1", deposit, command_id="late", since=since, deadline_seconds=1)
    assert time.monotonic() - began < 9
    deadline = Deadline.after(7)  # both tries of the late put arrive meanwhile
    while not deadline.passed:
        executed = EventStore(truth).execute(ACCOUNT, "1", deposit, command_id="late", since=since)
        assert executed.state == 2
        time.sleep(0.5)
    assert commands_in(truth) == ["before", "late"]

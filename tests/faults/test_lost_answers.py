"""Real faults on the wire: 500 before the write, the answer lost after it. Every command takes effect once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from local.faults.wire import WireFaults
from tallygate import aws
from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.records import ChunkRecord, Outcome
from tallygate.deadline import Deadline
from tallygate.events import EventStore
from tallygate.events.dynamodb import DynamoDBCommitLog
from tests.accounts import ACCOUNT, deposit
from tests.conftest import ANYBODY
from tests.contract.test_batch_store import MANIFEST
from tests.tables import create_batches_table, create_events_table

SEED = 20261121  # the n-th put meets the same fate in every run
PROBABILITY = 0.15
COMMANDS = 200


@pytest.fixture(scope="module")
def proxy(dynamodb_local_client: DynamoDBClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WireFaults]:
    """A proxy before DynamoDB Local that fails 30 % of the puts, half of them after they were written."""
    upstream = dynamodb_local_client.meta.endpoint_url
    log = tmp_path_factory.mktemp("faults") / "proxy.log"
    with WireFaults(upstream=upstream, seed=SEED, log=log, probability=PROBABILITY) as running:
        yield running


@pytest.fixture
def faulty(proxy: WireFaults) -> Iterator[DynamoDBClient]:
    """A client whose puts meet faults; a test that met too few of them has proved nothing."""
    before = proxy.fired()
    yield boto3.client("dynamodb", endpoint_url=proxy.endpoint, config=aws.config(), **ANYBODY)
    struck = {fault: count - before[fault] for fault, count in proxy.fired().items()}
    print(f"seed {SEED}: {struck}")
    assert min(struck.values()) >= 5


def test_every_command_is_stored_once_although_answers_are_lost(
    faulty: DynamoDBClient, dynamodb_local_client: DynamoDBClient
) -> None:
    """One writer that sends each command once: whatever is written twice, a lost answer has done it.

    First in this file and without threads, so that the same puts meet the same faults in every run.
    """
    table = create_events_table(dynamodb_local_client, "sent-once")
    store, since = EventStore(DynamoDBCommitLog(table, faulty)), datetime.now(UTC)
    for n in range(COMMANDS):
        store.execute(ACCOUNT, "1", deposit, command_id=f"command-{n}", since=since, deadline_seconds=60)
    direct = DynamoDBCommitLog(table, dynamodb_local_client)
    stored = list(direct.read(ACCOUNT.stream("1"), after=0, until=Deadline.after(30)))
    assert len(stored) == COMMANDS, f"{len(stored)} commits for {COMMANDS} commands, seed {SEED}"
    assert {command for commit in stored for command in commit.commands} == {f"command-{n}" for n in range(COMMANDS)}
    assert EventStore(direct).load(ACCOUNT, "1").state == COMMANDS


def test_every_command_takes_effect_once_although_it_is_sent_twice(
    faulty: DynamoDBClient, dynamodb_local_client: DynamoDBClient
) -> None:
    """Two stores that don't know of each other, one stream, each command sent twice."""
    table = create_events_table(dynamodb_local_client, "lost-answers")
    log = DynamoDBCommitLog(table, faulty)
    stores, since = [EventStore(log), EventStore(log)], datetime.now(UTC)

    def send(n: int) -> None:
        stores[n % 2].execute(ACCOUNT, "1", deposit, command_id=f"command-{n // 2}", since=since, deadline_seconds=60)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(2 * COMMANDS)))
    stream = ACCOUNT.stream("1")
    stored = list(DynamoDBCommitLog(table, dynamodb_local_client).read(stream, after=0, until=Deadline.after(30)))
    times = Counter(command for commit in stored for command in commit.commands)
    assert {command: count for command, count in times.items() if count != 1} == {}, "commands that took effect twice"
    assert len(times) == COMMANDS
    assert stores[0].load(ACCOUNT, "1").state == COMMANDS


def test_an_append_whose_answer_was_lost_is_a_success_not_a_conflict(
    faulty: DynamoDBClient, dynamodb_local_client: DynamoDBClient
) -> None:
    table = create_events_table(dynamodb_local_client, "lost-appends")
    store = EventStore(DynamoDBCommitLog(table, faulty))
    loaded = store.load(ACCOUNT, "1")
    for _ in range(100):
        loaded = store.append(loaded, deposit(loaded.state))
    assert (loaded.version, loaded.state) == (100, 100)


def test_a_chunk_record_whose_answer_was_lost_is_recognised_as_ones_own(
    faulty: DynamoDBClient, dynamodb_local_client: DynamoDBClient
) -> None:
    records = DynamoDBBatchStore(create_batches_table(dynamodb_local_client, "lost-records"), faulty)
    for i in range(100):
        record = ChunkRecord(i=i, outcome=Outcome.DONE, attempt=f"a{i}", ok=1, at=MANIFEST.started)
        assert records.put_chunk(MANIFEST, record).attempt == f"a{i}"

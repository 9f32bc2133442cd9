"""Real races on DynamoDB Local, between threads and between processes."""

import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from local.paths import ROOT
from tallygate.deadline import Deadline
from tallygate.events import Commit, EventStore, VersionConflict
from tallygate.events.dynamodb import DynamoDBCommitLog
from tests.accounts import ACCOUNT, deposit
from tests.tables import create_events_table

WRITERS, ROUNDS = 4, 25
# One writer process: argv is endpoint, table, its number, rounds, and whether commands are shared between processes.
WRITER = """
import json, sys
from datetime import UTC, datetime
import boto3
from tallygate import aws
from tallygate.events import EventStore, VersionConflict
from tallygate.events.dynamodb import DynamoDBCommitLog
from tests.accounts import ACCOUNT, deposit
from tests.conftest import ANYBODY
endpoint, table, number, rounds, kind = sys.argv[1:]
client = boto3.client("dynamodb", endpoint_url=endpoint, config=aws.config(), **ANYBODY)
store = EventStore(DynamoDBCommitLog(table, client))
store.load(ACCOUNT, "warm")
print("ready", flush=True)
since = datetime.fromisoformat(sys.stdin.readline().strip())
done = []
for n in range(int(rounds)):
    id = f"c{n}" if kind == "shared" else f"{number}/{n}"
    executed = store.execute(ACCOUNT, "1", deposit, command_id=id, since=since, deadline_seconds=60)
    done.append((id, executed.commit.version, executed.commit.commit_id, executed.repeated))
print(json.dumps(done), flush=True)
"""


@pytest.fixture
def log(dynamodb_local_client: DynamoDBClient) -> DynamoDBCommitLog:
    table = create_events_table(dynamodb_local_client, f"events-{uuid4()}")
    return DynamoDBCommitLog(table, dynamodb_local_client)


def stored(log: DynamoDBCommitLog) -> list[Commit]:
    commits = list(log.read(ACCOUNT.stream("1"), after=0, until=Deadline.after(30)))
    assert [commit.version for commit in commits] == list(range(1, len(commits) + 1))
    return commits


def race(log: DynamoDBCommitLog, *, shared: bool) -> list[list[tuple[str, int, str, bool]]]:
    """So many processes, let go at one moment; returns what each was told."""
    endpoint = log._client.meta.endpoint_url
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, endpoint, log._table, str(n), str(ROUNDS), "shared" if shared else "own"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'layers'}"},
        )
        for n in range(WRITERS)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    since = datetime.now(UTC).isoformat()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(f"{since}\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * WRITERS
    return [[tuple(one) for one in json.loads(output)] for output in outputs]


@pytest.mark.slow
def test_of_processes_that_write_one_stream_each_version_has_one_winner_and_nothing_is_lost(
    log: DynamoDBCommitLog,
) -> None:
    told = [one for process in race(log, shared=False) for one in process]
    commits = stored(log)
    assert Counter(id for commit in commits for id in commit.commands) == dict.fromkeys((id for id, *_ in told), 1)
    assert {(commit.version, commit.commit_id) for commit in commits} == {(v, id) for _, v, id, _ in told}
    assert not any(repeated for *_, repeated in told)
    assert EventStore(log).load(ACCOUNT, "1").state == WRITERS * ROUNDS


@pytest.mark.slow
def test_of_processes_that_send_the_same_command_at_once_one_has_an_effect(log: DynamoDBCommitLog) -> None:
    told = [one for process in race(log, shared=True) for one in process]
    commits = stored(log)
    assert Counter(id for commit in commits for id in commit.commands) == {f"c{n}": 1 for n in range(ROUNDS)}
    assert Counter(id for id, _, _, repeated in told if not repeated) == {f"c{n}": 1 for n in range(ROUNDS)}
    assert len({(id, version, commit) for id, version, commit, _ in told}) == ROUNDS  # everybody was told the same
    assert EventStore(log).load(ACCOUNT, "1").state == ROUNDS


def test_of_threads_that_append_to_what_they_loaded_one_wins_each_version(log: DynamoDBCommitLog) -> None:
    store = EventStore(log)

    def append(loaded: object) -> bool:
        try:
            store.append(loaded, deposit(0))  # type: ignore[arg-type]
        except VersionConflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        for _ in range(12):
            loaded = store.load(ACCOUNT, "1")
            assert list(pool.map(append, [loaded] * 8)).count(True) == 1
    assert EventStore(log).load(ACCOUNT, "1").state == 12


def test_of_threads_in_two_stores_every_command_is_carried_out_once(log: DynamoDBCommitLog) -> None:
    stores, since = [EventStore(log), EventStore(log)], datetime.now(UTC)

    def send(n: int) -> None:
        stores[n % 2].execute(ACCOUNT, "1", deposit, command_id=f"c{n // 4}", since=since, deadline_seconds=60)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(send, range(400)))
    assert Counter(id for commit in stored(log) for id in commit.commands) == {f"c{n}": 1 for n in range(100)}

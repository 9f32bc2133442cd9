"""The reference worker as a real process on SQS and DynamoDB: stopped or killed in mid-chunk, nothing is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from local.emulator.process import Emulator, without_aws
from local.paths import ROOT
from tallygate import aws
from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.errors import NotReadyError
from tallygate.batch.gatekeeper import Gatekeeper
from tallygate.batch.plan.manifest_maker import ManifestMaker
from tallygate.batch.plan.planner import Execution, Planner
from tallygate.batch.queue.queue_dispatcher import QueueDispatcher
from tallygate.batch.queue.sender import Sender
from tallygate.batch.queue.sqs_task_queue import SqsTaskQueue
from tallygate.batch.reporter import Reporter
from tallygate.batch.s3_objects import S3ObjectStore
from tallygate.events import EventStore
from tallygate.events.dynamodb import DynamoDBCommitLog
from tests.accounts import ACCOUNT
from tests.faults.slow_domain import ACCOUNTS, WORKERS
from tests.tables import create_batches_table, create_events_table

BUCKET = "batches"
LEASE_SECONDS = 2


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


@dataclass
class World:
    """SQS and S3 of the emulator, AWS's own DynamoDB, and worker processes."""

    emulator: Emulator
    dynamodb: DynamoDBClient
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = self.emulator.client_settings()
        self.sqs = boto3.client("sqs", config=aws.config(read_timeout=25), **settings)
        self.s3 = boto3.client("s3", config=aws.config(), **settings)
        self.url = self.sqs.create_queue(QueueName=f"tasks-{uuid4()}")["QueueUrl"]
        self.tries = self.folder / "tries"
        self.tries.touch()
        self.batches = create_batches_table(self.dynamodb, f"batches-{uuid4()}")
        self.events = create_events_table(self.dynamodb, f"events-{uuid4()}")
        self.records = DynamoDBBatchStore(self.batches, self.dynamodb)
        self.objects = S3ObjectStore(BUCKET, self.s3)
        self.queue = SqsTaskQueue(self.url, self.sqs, self.sqs)
        self.store = EventStore(DynamoDBCommitLog(self.events, self.dynamodb))

    def plan(self, items: int, chunk_size: int) -> None:
        self.s3.put_object(Bucket=BUCKET, Key="items.csv", Body=b"id\n" + b"".join(b"%d\n" % n for n in range(items)))
        raw = {"manifest": f"s3://{BUCKET}/items.csv", "chunk_size": chunk_size, "item_concurrency": 4}
        execution = Execution(name="b1", started=datetime.now(UTC))
        Planner(self.records, ManifestMaker(self.objects, WORKERS), WORKERS).plan(raw, execution)
        Sender(self.records, self.objects, self.queue).send("b1", 0)

    def worker(
        self, *arguments: str, item_seconds: float = 0.05, variables: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tallygate.batch", "work", "--queue-url", self.url]
        process = subprocess.Popen(
            [*command, "--workers", "tests.faults.slow_domain:WORKERS", *arguments],
            cwd=ROOT,
            env=self.variables() | {"ITEM_SECONDS": str(item_seconds)} | dict(variables or {}),
            stderr=(self.folder / f"worker-{len(self.processes)}.log").open("wb"),
        )
        self.processes.append(process)
        return process

    def variables(self) -> dict[str, str]:
        return {
            **without_aws(os.environ),
            **self.emulator.environment(),
            "AWS_ENDPOINT_URL_DYNAMODB": self.dynamodb.meta.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",  # DynamoDB Local keeps each key's tables apart
            "AWS_SECRET_ACCESS_KEY": "test",
            "PYTHONPATH": f"{ROOT / 'layers'}:{ROOT}",
            "BATCHES_TABLE": self.batches,
            "BATCHES_BUCKET": BUCKET,
            "EVENTS_TABLE": self.events,
            "EVENTS_EPOCH": "1",
            "OVERFLOW_BUCKET": BUCKET,
            "LEASE_SECONDS": str(LEASE_SECONDS),
            "TRIES": str(self.tries),
        }

    def log(self, number: int = 0) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / f"worker-{number}.log").read_text().splitlines()]

    def tried(self) -> Counter[str]:
        return Counter(line.split()[1] for line in self.tries.read_text().splitlines())

    def recorded(self) -> int:
        manifest = self.records.manifest("b1", 0)
        assert manifest is not None
        return sum(1 for _ in self.records.chunks(manifest))

    def check(self) -> bool:
        gatekeeper = Gatekeeper(self.records, self.objects, {"map": QueueDispatcher(self.queue)})
        try:
            gatekeeper.check("b1", 0)
        except NotReadyError:
            return False
        return True

    def assert_exact(self, items: int) -> None:
        report = Reporter(self.records, self.objects, self.store).report("b1", 0)
        assert (report["ok"], report["failed"], report["abandoned"]) == (items, 0, 0)
        assert sum(self.store.load(ACCOUNT, str(n)).state for n in range(ACCOUNTS)) == items
        assert len(self.tried()) == items


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        s3 = boto3.client("s3", config=aws.config(), **running.client_settings())
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield running


@pytest.fixture
def world(emulator: Emulator, dynamodb_local_client: DynamoDBClient, tmp_path: Path) -> Iterator[World]:
    made = World(emulator, dynamodb_local_client, tmp_path)
    yield made
    for process in made.processes:
        process.kill()
        process.wait()


def test_two_workers_share_a_batch_and_stop_when_they_are_told(world: World) -> None:
    world.plan(200, 10)
    workers = [world.worker("--threads", "2", item_seconds=0.01) for _ in range(2)]
    until(lambda: world.recorded() == 20)
    until(lambda: world.queue.waiting() == 0)
    for worker in workers:
        worker.terminate()
    assert [worker.wait(10) for worker in workers] == [0, 0]  # although their long polls take 20 s
    assert world.check()
    world.assert_exact(200)
    attempted = [line for number in (0, 1) for line in world.log(number) if line["message"] == "chunk attempted"]
    assert sorted(line["chunk"] for line in attempted if line["attempt"] == "won") == list(range(20))
    assert {line["batch"] for line in attempted} == {"b1"}


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)])
def test_a_worker_that_is_stopped_in_mid_chunk_hands_it_on(world: World, number: signal.Signals) -> None:
    world.plan(200, 200)
    first = world.worker(item_seconds=0.2)
    until(lambda: len(world.tried()) >= 20)
    world.worker("--hidden-seconds", "600")  # waits for a message, and gets the first one's
    until(lambda: world.log(1)[-1]["message"] == "the worker is ready" if world.log(1) else False)
    started = time.monotonic()
    first.send_signal(number)
    assert first.wait(10) == 0
    assert time.monotonic() - started < 3
    assert world.recorded() == 0
    assert len(world.tried()) < 200
    until(lambda: world.recorded() == 1)
    assert world.check()
    world.assert_exact(200)
    assert max(world.tried().values()) == 1  # it was checkpointed to the last item
    received = [line["received"] for line in world.log(1) if line["message"] == "chunk received"]
    assert received == [2]  # by the same message, not by one of the gatekeeper's


def test_a_worker_that_is_killed_in_mid_chunk_is_followed_by_another(world: World) -> None:
    world.plan(200, 200)
    first = world.worker()
    until(lambda: len(world.tried()) >= 20)
    first.kill()
    world.worker()
    until(lambda: world.recorded() == 1)
    assert world.check()
    world.assert_exact(200)
    received = [line["received"] for line in world.log(1) if line["message"] == "chunk received"]
    assert received == [2]


@pytest.mark.long
def test_a_message_is_hidden_for_as_long_as_its_worker_lives(world: World) -> None:
    world.plan(200, 200)
    world.worker("--hidden-seconds", "3", item_seconds=0.12)
    until(lambda: len(world.tried()) >= 20)
    world.worker("--hidden-seconds", "3")
    until(lambda: world.recorded() == 1)  # after 6 s of work
    until(lambda: world.log(0)[-1]["message"] == "chunk attempted")
    assert [line for line in world.log(1) if line["message"] == "chunk received"] == []
    world.assert_exact(200)


@pytest.mark.long
def test_a_worker_whose_items_hang_leaves_and_the_next_goes_on(world: World) -> None:
    world.plan(8, 8)
    first = world.worker("--attempt-seconds", "20", item_seconds=300)
    until(lambda: len(world.tried()) == 4)
    assert first.wait(40) == 1


@pytest.mark.parametrize(
    ("arguments", "variables", "says"),
    [
        (["--workers", "slow_domain"], {}, "expected module:name"),
        (["--workers", "no_such_module:WORKERS"], {}, "No module named 'no_such_module'"),
        (["--workers", "tests.faults.slow_domain:NOBODY"], {}, "NOBODY"),
        (["--workers", "tests.faults.slow_domain:EMPTY"], {}, "not empty"),
        (["--threads", "0"], {}, "--threads is 0, expected 1 to 64"),
        (["--threads", "many"], {}, "invalid int value"),
        (["--wait-seconds", "21"], {}, "--wait-seconds is 21, expected 0 to 20"),
        (["--hidden-seconds", "2"], {}, "--hidden-seconds is 2, expected 3 to 43200"),
        (["--attempt-seconds", "1"], {}, "--attempt-seconds is 1, expected 20 to"),
        (["--queue-url", "http://127.0.0.1/000000000000/no-such-queue"], {}, "there is no queue"),
        ([], {"BATCHES_TABLE": ""}, "BATCHES_TABLE is missing or empty"),
        ([], {"LEASE_SECONDS": "soon"}, "LEASE_SECONDS is 'soon'"),
    ],
)
def test_what_does_not_fit_is_said_at_once(
    world: World, arguments: list[str], variables: Mapping[str, str], says: str
) -> None:
    assert world.worker(*arguments, variables=variables).wait(20) == 2
    said = (world.folder / "worker-0.log").read_text()
    assert says in said
    assert "Traceback" not in said

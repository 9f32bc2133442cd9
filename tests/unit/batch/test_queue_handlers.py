"""The functions `send` and `work_queued` on moto: what Lambda gets back, and what is in the log."""

import importlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from tallygate import aws
from tallygate.batch import Context, Item, Worker
from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.plan.manifest_maker import ManifestMaker
from tallygate.batch.plan.planner import Execution, Planner
from tallygate.batch.queue import chunk_message
from tallygate.batch.reporter import Reporter
from tallygate.batch.s3_objects import S3ObjectStore
from tallygate.events import EventStore
from tallygate.events.memory import MemoryCommitLog
from tests.conftest import ANYBODY
from tests.tables import create_batches_table, create_events_table
from tests.unit.relay.test_handler import Context as LambdaContext

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ENVIRONMENT = {
    "BATCHES_TABLE": "batches",
    "BATCHES_BUCKET": "batches",
    "EVENTS_TABLE": "events",
    "EVENTS_EPOCH": "1",
    "OVERFLOW_BUCKET": "overflow",
    "LEASE_SECONDS": "30",
    "AWS_DEFAULT_REGION": ANYBODY["region_name"],
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "POWERTOOLS_SERVICE_NAME": "batch",
    "POWERTOOLS_METRICS_NAMESPACE": "Tallygate",
    "POWERTOOLS_TRACE_DISABLED": "true",
}
CLIENTS: tuple[Any, ...] = (aws.dynamodb, aws.s3, aws.sqs, aws.patient_sqs)


def process(item: Item, _context: Context) -> None:
    if item.id == "7":
        raise ValueError("seven")


WORKERS = (Worker(name="test", process=process),)


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator["SQSClient"]:
    domain = ModuleType("domain")
    domain.WORKERS = WORKERS  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "domain", domain)
    for made in CLIENTS:
        made.cache_clear()
    with mock_aws():
        client: SQSClient = boto3.client("sqs", config=aws.config(), **ANYBODY)
        monkeypatch.setenv("QUEUE_URL", client.create_queue(QueueName="chunks")["QueueUrl"])
        for name, value in ENVIRONMENT.items():
            monkeypatch.setenv(name, value)
        create_batches_table(aws.dynamodb(), "batches")
        create_events_table(aws.dynamodb(), "events")
        aws.s3().create_bucket(Bucket="batches")
        aws.s3().put_bucket_versioning(Bucket="batches", VersioningConfiguration={"Status": "Enabled"})
        plan()
        yield client
    for made in CLIENTS:
        made.cache_clear()


def plan() -> None:
    aws.s3().put_object(Bucket="batches", Key="items.csv", Body=b"id\n" + b"".join(b"%d\n" % n for n in range(10)))
    raw = {"manifest": "s3://batches/items.csv", "chunk_size": 4}
    planner = Planner(DynamoDBBatchStore("batches"), ManifestMaker(S3ObjectStore("batches"), WORKERS), WORKERS)
    planner.plan(raw, Execution(name="b1", started=datetime.now(UTC)))


def handler(name: str) -> Any:
    return importlib.reload(importlib.import_module(f"lambdas.{name}.handler")).handler


def received(client: "SQSClient") -> list[dict[str, str]]:
    url = client.get_queue_url(QueueName="chunks")["QueueUrl"]
    messages = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    return [{"messageId": message["MessageId"], "body": message["Body"]} for message in messages]


def test_a_batch_is_sent_and_worked_on(sqs: "SQSClient", caplog: pytest.LogCaptureFixture) -> None:
    state = {"batch": "b1", "generation": 0, "items": 10, "chunks": 3}
    assert handler("send")(state, LambdaContext(300)) == {"sent": 3}
    records = received(sqs)
    assert sorted(chunk_message.from_text(record["body"]).chunk.i for record in records) == [0, 1, 2]
    work = handler("work_queued")
    for record in [*records, records[0]]:
        assert work({"Records": [record]}, LambdaContext(240)) == {"batchItemFailures": []}
    report = Reporter(DynamoDBBatchStore("batches"), S3ObjectStore("batches"), EventStore(MemoryCommitLog())).report(
        "b1", 0
    )
    assert (report["ok"], report["failed"], report["abandoned"]) == (9, 1, 0)
    attempts = [vars(record) for record in caplog.records if record.message == "chunk attempted"]
    assert [line["attempt"] for line in attempts] == ["won"] * 3 + ["recorded"]


def test_what_is_no_message_and_what_fails_comes_again_and_no_other(
    sqs: "SQSClient", caplog: pytest.LogCaptureFixture
) -> None:
    handler("send")({"batch": "b1", "generation": 0}, LambdaContext(300))
    good, *_ = received(sqs)
    bad = {"messageId": "bad", "body": '{"batch": "b1"}'}
    unknown = {"messageId": "unknown", "body": good["body"].replace('"b1"', '"b9"')}
    answer = handler("work_queued")({"Records": [bad, good, unknown]}, LambdaContext(240))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}, {"itemIdentifier": "unknown"}]}
    said = [str(record.exc_info[1]) for record in caplog.records if record.exc_info]
    assert "is no chunk message" in said[0]
    assert "has no manifest" in said[1]

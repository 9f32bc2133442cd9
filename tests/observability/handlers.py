"""Every handler that is deployed, run once on moto with a small batch, and what it told: lines of EMF, lines of log."""

import base64
import contextlib
import importlib
import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from moto import mock_aws

from tallygate import aws, calls
from tallygate.batch import Context, Item, Worker
from tallygate.batch.errors import NotReadyError
from tallygate.events import meter
from tallygate.projections import Effect
from tests.accounts import ACCOUNT, deposit
from tests.conftest import ANYBODY
from tests.tables import create_batches_table, create_events_table, create_views_table
from tests.unit.projections.ledger import ledger
from tests.unit.relay.stream_records import change
from tests.unit.relay.test_handler import Context as LambdaContext

NAMESPACE = "Tallygate/test"
VARIABLES = {
    "BATCHES_TABLE": "batches",
    "BATCHES_BUCKET": "batches",
    "EVENTS_TABLE": "events",
    "EVENTS_EPOCH": "1",
    "OVERFLOW_BUCKET": "overflow",
    "VIEWS_TABLE": "views",
    "COMMIT_STREAM": "commits",
    "WORKER_FUNCTION": "work",
    "LEASE_SECONDS": "30",
    "WORKER_MEMORY_MB": "256",
    "PLAN_MEMORY_MB": "512",
    "PLAN_STORAGE_MB": "512",
    "SWEEP_READ_UNITS": "1000",
    "AWS_DEFAULT_REGION": ANYBODY["region_name"],
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "POWERTOOLS_METRICS_NAMESPACE": NAMESPACE,
    "POWERTOOLS_TRACE_DISABLED": "true",
}
CLIENTS: tuple[Any, ...] = (aws.dynamodb, aws.s3, aws.sqs, aws.patient_sqs, aws.kinesis, aws.events, aws.functions)
BATCH = "b-correlated"


def process(item: Item, context: Context) -> None:
    if item.id == "7":
        raise ValueError("seven")
    context.execute(ACCOUNT, item.id, deposit)


@dataclass
class Told:
    """What the handlers printed and logged, by the folder of their code."""

    printed: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    logged: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def metrics(self) -> set[tuple[str, str, tuple[str, ...]]]:
        """Each metric: the folder of the code, the name, the names of its dimensions."""
        return {
            (folder, metric["Name"], tuple(sorted(dimensions)))
            for folder, documents in self.printed.items()
            for document in documents
            for directive in document["_aws"]["CloudWatchMetrics"]
            for dimensions in directive["Dimensions"]
            for metric in directive["Metrics"]
        }

    def operations(self) -> set[str]:
        return {one["operation"] for documents in self.printed.values() for one in documents if "operation" in one}


class Crew:
    """Calls the handlers, each under its name."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.told = Told()

    def __call__(self, name: str, event: object, seconds: float = 100, service: str = "") -> Any:
        self._monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", service or name)
        importlib.import_module("aws_lambda_powertools.metrics.metrics").Metrics._metrics.clear()
        handler = importlib.reload(importlib.import_module(f"lambdas.{name}.handler")).handler
        printed, kept = io.StringIO(), _Kept()
        calls.METER.take()  # what the test itself has called
        root = logging.getLogger(service or name)
        root.addHandler(kept)
        try:
            with contextlib.redirect_stdout(printed):
                return handler(event, LambdaContext(seconds))
        finally:
            root.removeHandler(kept)
            lines = [json.loads(line) for line in printed.getvalue().splitlines() if line.startswith('{"_aws"')]
            self.told.printed.setdefault(name, []).extend(lines)
            self.told.logged.setdefault(name, []).extend(kept.lines)


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(vars(record))


def domain() -> ModuleType:
    made: Any = ModuleType("domain")
    made.WORKERS = (Worker(name="test", process=process),)
    made.PROJECTIONS = (ledger(),)
    since = datetime(2026, 1, 1, tzinfo=UTC)
    made.EFFECTS = (Effect(name="told", of=ACCOUNT, since=since, message=lambda event: {"amount": event.amount}),)
    return made  # type: ignore[no-any-return]


@contextmanager
def on_moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[Crew]:
    """All that the handlers need, on moto."""
    monkeypatch.setitem(sys.modules, "domain", domain())
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    _forget()
    with mock_aws():
        monkeypatch.setenv("QUEUE_URL", aws.sqs().create_queue(QueueName="chunks")["QueueUrl"])
        create_batches_table(aws.dynamodb(), "batches")
        create_events_table(aws.dynamodb(), "events")
        create_views_table(aws.dynamodb(), "views")
        for bucket in ("batches", "overflow"):
            aws.s3().create_bucket(Bucket=bucket)
        aws.s3().put_bucket_versioning(Bucket="batches", VersioningConfiguration={"Status": "Enabled"})
        aws.kinesis().create_stream(StreamName="commits", ShardCount=1)
        aws.events().create_event_bus(Name="outbox")
        calls.METER.take()
        meter.METER.take()
        yield Crew(monkeypatch)
    _forget()


def run_all(call: Crew, monkeypatch: pytest.MonkeyPatch) -> Told:
    """A batch by messages, once through all functions, to the projection, the effect and the sweep."""
    body = b"id\n" + b"".join(b"%d\n" % n for n in range(10))
    aws.s3().put_object(Bucket="batches", Key="items.csv", Body=body)
    given = {"manifest": "s3://batches/items.csv", "chunk_size": 4, "name": BATCH, "dispatch": "queue"}
    execution = {"name": "e1", "started": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    state = call("plan", {"input": given, "execution": execution})
    call("send", state)
    with contextlib.suppress(NotReadyError):
        call("gatekeeper", state)
    url = aws.sqs().get_queue_url(QueueName="chunks")["QueueUrl"]
    messages = aws.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    first, *rest = [{"messageId": message["MessageId"], "body": message["Body"]} for message in messages]
    call("work", json.loads(first["body"]))
    call("work_queued", {"Records": [*rest, {"messageId": "bad", "body": "{}"}]})
    call("gatekeeper", state)
    call("report", state)
    call("relay", {"Records": [change(item, f"{n:020d}") for n, item in enumerate(_commits())]})
    records = {"Records": _relayed()}
    monkeypatch.setenv("CONSUMER", "ledger-1")
    call("project", records)
    call("sweep", {})
    monkeypatch.setenv("CONSUMER", "told")
    monkeypatch.setenv("EVENT_BUS", "outbox")
    call("effect", records)
    return call.told


def _commits() -> list[dict[str, Any]]:
    items = aws.dynamodb().scan(TableName="events")["Items"]
    return [dict(item) for item in items if item["sk"]["N"] != "0" and item["pk"]["S"].startswith("account-")]


def _relayed() -> list[dict[str, Any]]:
    kinesis = aws.kinesis()
    shard = kinesis.describe_stream(StreamName="commits")["StreamDescription"]["Shards"][0]["ShardId"]
    start = kinesis.get_shard_iterator(StreamName="commits", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    return [
        {
            "kinesis": {
                "sequenceNumber": record["SequenceNumber"],
                "partitionKey": record["PartitionKey"],
                "data": base64.b64encode(record["Data"]).decode(),
            }
        }
        for record in kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]
    ]


def _forget() -> None:
    for made in CLIENTS:
        made.cache_clear()

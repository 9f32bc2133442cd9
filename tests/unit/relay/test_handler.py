"""The function, on moto's Kinesis: what Lambda gets back, and what is in the log."""

import importlib
import json
import time
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from tallygate import aws
from tallygate.relay.bell import read_bell
from tests.conftest import ANYBODY
from tests.unit.relay.stream_records import change, commit, inserted, item_of, removed

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

ENVIRONMENT = {
    "COMMIT_STREAM": "commits",
    "AWS_DEFAULT_REGION": ANYBODY["region_name"],
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "POWERTOOLS_SERVICE_NAME": "relay",
    "POWERTOOLS_METRICS_NAMESPACE": "Tallygate",
    "POWERTOOLS_TRACE_DISABLED": "true",
}


class Context:
    """What the runtime hands to a handler."""

    function_name = "relay"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:relay"
    aws_request_id = "r1"

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(1000 * (self._end - time.monotonic()))


@pytest.fixture
def kinesis(monkeypatch: pytest.MonkeyPatch) -> Iterator["KinesisClient"]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("kinesis", config=aws.config(), **ANYBODY)
        client.create_stream(StreamName="commits", ShardCount=1)
        yield client
    aws.kinesis.cache_clear()


@pytest.fixture
def function(kinesis: "KinesisClient") -> ModuleType:
    aws.kinesis.cache_clear()
    return importlib.reload(importlib.import_module("lambdas.relay.handler"))


def kept(client: "KinesisClient") -> list[int]:
    shard = client.describe_stream(StreamName="commits")["StreamDescription"]["Shards"][0]["ShardId"]
    start = client.get_shard_iterator(StreamName="commits", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = client.get_records(ShardIterator=start["ShardIterator"])["Records"]
    return [read_bell(record["Data"], record["PartitionKey"]).version for record in records]


def test_a_batch_is_relayed_and_its_commits_are_in_the_log(
    function: ModuleType,
    kinesis: "KinesisClient",
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    unreadable = change(item_of(commit()) | {"pk": {"S": "nobody"}}, "77")
    answer = function.handler({"Records": [inserted(commit(1)), unreadable, inserted(commit(2))]}, Context(30))
    assert answer == {"batchItemFailures": []}
    assert kept(kinesis) == [1, 2]
    (line,) = [vars(record) for record in caplog.records if record.message == "relayed"]
    assert [commit["version"] for commit in line["commits"]] == [1, 2]
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == ["unreadable record"]
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (metrics["CommitsRelayed"], metrics["RecordsResent"], metrics["RecordsUnreadable"]) == ([2], [0], [1])
    assert "CommitsChanged" not in metrics  # it would be paid for by the hour


def test_a_commit_that_was_changed_is_an_error_and_a_metric(
    function: ModuleType,
    kinesis: "KinesisClient",
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    forged = change(item_of(commit(1)) | {"commit_id": {"S": "forged"}}, "8", "MODIFY")
    answer = function.handler({"Records": [forged, removed(item_of(commit(2)), "9")]}, Context(30))
    assert answer == {"batchItemFailures": []}
    assert kept(kinesis) == []
    lines = [vars(record) for record in caplog.records if record.levelname == "ERROR"]
    told = ("message", "stream", "version", "removed", "commit_id", "sequence_number")
    assert [tuple(line[name] for name in told) for line in lines] == [
        ("changed commit", "aircraft-N1", 1, False, "forged", "8"),
        ("changed commit", "aircraft-N1", 2, True, "", "9"),
    ]
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (metrics["CommitsChanged"], metrics["service"]) == ([2], "relay")


def test_a_changed_commit_is_told_though_the_batch_can_not_be_sent(
    function: ModuleType,
    kinesis: "KinesisClient",
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kinesis.delete_stream(StreamName="commits")
    with pytest.raises(kinesis.exceptions.ResourceNotFoundException):
        function.handler({"Records": [inserted(commit(2)), removed(item_of(commit(1)), "9")]}, Context(30))
    assert "changed commit" in [record.message for record in caplog.records if record.levelname == "ERROR"]
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "CommitsChanged" in line]
    assert [line["CommitsChanged"] for line in told] == [[1]]


def test_out_of_time_lambda_is_told_where_to_begin_again(function: ModuleType, kinesis: "KinesisClient") -> None:
    answer = function.handler({"Records": [inserted(commit(1)), inserted(commit(2))]}, Context(4))
    assert answer == {"batchItemFailures": [{"itemIdentifier": f"{1:020d}"}]}
    assert kept(kinesis) == []


def test_a_stream_that_does_not_exist_fails_the_call(function: ModuleType, kinesis: "KinesisClient") -> None:
    kinesis.delete_stream(StreamName="commits")
    with pytest.raises(kinesis.exceptions.ResourceNotFoundException):
        function.handler({"Records": [inserted(commit(1))]}, Context(30))


def test_a_last_call_ends_within_the_margin(function: ModuleType) -> None:
    """The SDK must not send it again: the relay does, as long as there is time."""
    config: Any = aws.kinesis().meta.config
    assert config.retries["total_max_attempts"] == 1
    assert config.connect_timeout + config.read_timeout < function.MARGIN_SECONDS

"""Memory by what was reported: the lines as AWS writes them, the command on moto."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tallygate import aws
from tallygate.memory_use import __main__ as command
from tallygate.memory_use.report_line import memory_used
from tallygate.memory_use.use import Use, percentile
from tests.conftest import ANYBODY

# As AWS's documentation shows them ("Lambda log formats": plain text, and JSON's platform.report).
TEXT = (
    "REPORT RequestId: 79b4f56e-95b1-4643-9700-2807f4e68189\tDuration: 280.81 ms\tBilled Duration: 281 ms\t"
    "Memory Size: 128 MB\tMax Memory Used: 67 MB\tInit Duration: 140.47 ms\t"
)
JSON = {
    "time": "2023-10-10T10:10:10.000Z",
    "type": "platform.report",
    "record": {
        "requestId": "79b4f56e-95b1-4643-9700-2807f4e68189",
        "status": "success",
        "metrics": {
            "durationMs": 280.81,
            "billedDurationMs": 281,
            "memorySizeMB": 128,
            "maxMemoryUsedMB": 67,
            "initDurationMs": 140.47,
        },
    },
}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in ANYBODY.items():
        monkeypatch.setenv("AWS_DEFAULT_REGION" if name == "region_name" else name.upper(), value)
    made = (aws.functions, aws.logs, aws.cloudwatch)
    for client in made:
        client.cache_clear()
    with mock_aws():
        yield boto3.client("logs", config=aws.config(), **ANYBODY)
    for client in made:
        client.cache_clear()


def function(name: str, memory: int) -> None:
    iam = boto3.client("iam", config=aws.config(), **ANYBODY)
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("handler.py", "")
    aws.functions().create_function(
        FunctionName=f"tallygate-dev-{name}",
        Runtime="python3.13",
        Handler="handler.handler",
        Role=role,
        Code={"ZipFile": content.getvalue()},
        MemorySize=memory,
    )


def without_percentiles(params: dict[str, Any], **_: object) -> None:
    """Moto knows none."""
    for query in params["MetricDataQueries"]:
        query["MetricStat"]["Stat"] = "Maximum"


@pytest.mark.parametrize("line", [TEXT, json.dumps(JSON), json.dumps(JSON, separators=(",", ":"))])
def test_a_report_is_read_as_aws_writes_it(line: str) -> None:
    assert memory_used(line) == 67


@pytest.mark.parametrize(
    "line",
    ["", "REPORT", "START RequestId: x", '{"type": "platform.report"}', '{"message": "\\"platform.report\\""}', "[1]"],
)
def test_what_is_no_report_is_none(line: str) -> None:
    assert memory_used(line) is None


def test_the_filters_fields_are_those_of_the_report() -> None:
    """No library at hand evaluates patterns: their paths are followed in the line that AWS documents."""
    from stacks.constructs.reported_metrics import FIELDS

    for name, path in FIELDS.items():
        value: Any = JSON
        for key in path.removeprefix("$.").split("."):
            value = value[key]
        assert value > 0, name


@pytest.mark.parametrize(
    ("use", "says"),
    [
        (Use("a", 256, 230, 200), "raise it to 384 MB"),
        (Use("a", 10_240, 10_000, 9_000), "it has the most that there is: let it do less at a time"),
        (Use("a", 512, 90, 80), "192 MB would do, if it waits more than it computes"),
        (Use("a", 128, 40, 40), "as it should be"),
        (Use("a", 256, 150, 100), "as it should be"),
        (Use("a", 256), "nothing reported yet"),
    ],
)
def test_the_advice(use: Use, says: str) -> None:
    assert use.advice == says


def test_a_percentile() -> None:
    assert percentile([float(n) for n in range(1, 101)], 0.99) == 99
    assert percentile([5.0], 0.99) == 5


def test_the_command_reads_metrics_and_else_logs(account: Any, capsys: pytest.CaptureFixture[str]) -> None:
    function("relay", 256)
    function("work", 256)
    function("plan", 512)
    aws.cloudwatch().put_metric_data(
        Namespace="Tallygate/dev/relay",
        MetricData=[{"MetricName": "MemoryUsedMB", "Value": 240, "Timestamp": datetime.now(UTC) - timedelta(hours=1)}],
    )
    account.create_log_group(logGroupName="/aws/lambda/tallygate-dev-work")
    account.create_log_stream(logGroupName="/aws/lambda/tallygate-dev-work", logStreamName="s")
    now = int(datetime.now(UTC).timestamp() * 1000)
    events = [{"timestamp": now, "message": message} for message in ("START RequestId: x", TEXT)]
    account.put_log_events(logGroupName="/aws/lambda/tallygate-dev-work", logStreamName="s", logEvents=events)
    aws.cloudwatch().meta.events.register("provide-client-params.cloudwatch.GetMetricData", without_percentiles)
    assert command.main(["--environment", "dev"]) == 0
    plan, relay, work = capsys.readouterr().out.splitlines()
    assert plan.split() == ["plan", "512", "MB", "most", "-", "p99", "-", "nothing", "reported", "yet"]
    assert relay.split()[:5] == ["relay", "256", "MB", "most", "240"]
    assert "raise it to 384 MB" in relay
    assert work.split()[:7] == ["work", "256", "MB", "most", "67", "p99", "67"]


def test_an_environment_that_is_not_there(account: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--environment", "test"]) == 1
    says = "no function of tallygate-test is found in us-east-1: deploy it, or look at the account and Region\n"
    assert capsys.readouterr().err == says


def test_nothing_ran(account: Any, capsys: pytest.CaptureFixture[str]) -> None:
    function("relay", 256)
    assert command.main(["--environment", "dev", "--days", "1"]) == 1
    assert "wait for some, or look further back (--days)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--environment", "dev", "--days", "0"], "--days is 0, expected 1 to 455\n"),
        (["--environment", ""], "--environment is empty: say which, for example make memory ENV=dev\n"),
    ],
)
def test_what_cannot_be_asked(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(arguments) == 2
    assert capsys.readouterr().err == says

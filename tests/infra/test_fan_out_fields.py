"""Every field of an environment that is about the fan-out reaches the template."""

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import App, assertions

from stacks.environments import ENVIRONMENTS
from stacks.fan_out import FanOutStack
from tests.infra.synthesis import Stack

ENVIRONMENT = replace(
    ENVIRONMENTS["dev"],
    domain="tests/infra/declaring",
    epoch=3,
    shards=7,
    kinesis_retention_hours=200,
    stream_retry_attempts=4,
    relay_batch_size=11,
    consumer_batch_size=12,
    consumer_parallelization=2,
    consumer_memory_mb=1024,
    consumer_max_age_hours=100,
    sweep_minutes=1,
    sweep_read_units=13,
    iterator_age_percent=10,
    lag_alarm_seconds=5,
)
KINESIS = {"BatchSize": 12, "ParallelizationFactor": 2, "MaximumRetryAttempts": 4, "MaximumRecordAgeInSeconds": 360_000}
DYNAMODB = {
    "BatchSize": 11,
    "ParallelizationFactor": 1,
    "MaximumRetryAttempts": None,
    "MaximumRecordAgeInSeconds": 82_800,
}
HOUR_MS = 3_600_000
CONTENTS = dict.fromkeys(("vendor", "tallygate", "domain"), "0" * 64)


@pytest.fixture(scope="module")
def stack() -> Stack:
    made = assertions.Template.from_stack(FanOutStack(App(), environment=ENVIRONMENT, contents=CONTENTS)).to_json()
    return Stack("fan-out", made, termination_protection=False, dependencies=())


def test_the_streams(stack: Stack) -> None:
    stream = stack.properties("AWS::Kinesis::Stream")
    assert (stream["ShardCount"], stream["RetentionPeriodHours"]) == (7, 200)
    assert stream["StreamModeDetails"] == {"StreamMode": "PROVISIONED"}


def test_the_mappings(stack: Stack) -> None:
    found = [one["Properties"] for one in stack.of_type("AWS::Lambda::EventSourceMapping").values()]
    fields = [{field: one.get(field) for field in KINESIS} for one in found]
    assert sorted(fields, key=str) == [DYNAMODB, KINESIS, KINESIS, KINESIS]


def test_the_functions(stack: Stack) -> None:
    relay = properties(stack, "relay")
    assert relay["MemorySize"] == 256
    for name in ("project-fleet-1", "effect-departures", "sweep-fleet-1"):
        assert properties(stack, name)["MemorySize"] == 1024
        assert properties(stack, name)["Environment"]["Variables"]["EVENTS_EPOCH"] == "3"
    assert properties(stack, "sweep-departures")["Environment"]["Variables"]["SWEEP_READ_UNITS"] == "13"


def properties(stack: Stack, name: str) -> dict[str, Any]:
    return stack.properties("AWS::Lambda::Function", FunctionName=f"tallygate-dev-{name}")


def test_the_schedules(stack: Stack) -> None:
    rules = [one["Properties"]["ScheduleExpression"] for one in stack.of_type("AWS::Events::Rule").values()]
    assert rules == ["rate(1 minute)"] * 3


@pytest.mark.parametrize(
    ("name", "threshold", "period"),
    [
        ("relay-iterator-age", 24 * HOUR_MS / 10, 60),
        ("project-fleet-1-iterator-age", 100 * HOUR_MS / 10, 60),
        ("project-fleet-1-lag", 5000, 60),
        ("sweep-fleet-1-parked-streams", 0, 60),
    ],
)
def test_the_alarms(stack: Stack, name: str, threshold: float, period: int) -> None:
    alarm = stack.properties("AWS::CloudWatch::Alarm", AlarmName=f"tallygate-dev-{name}")
    assert (alarm["Threshold"], alarm["Period"]) == (threshold, period)

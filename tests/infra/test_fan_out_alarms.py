"""What wakes somebody, from which value on, and what it tells them to do first."""

from typing import Any

from stacks.environment import Environment
from tests.infra.synthesis import Stack
from tests.infra.test_fan_out import CONSUMERS, FED, SWEEPS, consumers, fed, function, queue, sweeps

QUARTER_OF_A_DAY_MS = 6 * 60 * 60 * 1000
WORDS = ("AlarmName", "AlarmDescription", "AlarmActions", "OKActions")  # see test_observability.py


def alarm(fan_out: Stack, environment: Environment, name: str) -> dict[str, Any]:
    """What it looks at, without its words and whom it tells."""
    found = fan_out.properties("AWS::CloudWatch::Alarm", AlarmName=f"tallygate-{environment.name}-{name}")
    return {field: value for field, value in found.items() if field not in WORDS}


def above(threshold: int, *, of: int = 1, periods: int = 1, missing: str = "notBreaching") -> dict[str, Any]:
    return {
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": threshold,
        "EvaluationPeriods": periods,
        "DatapointsToAlarm": of,
        "TreatMissingData": missing,
    }


@fed
def test_falling_behind_by_a_quarter_of_what_is_kept(fan_out: Stack, environment: Environment, name: str) -> None:
    id, _ = function(fan_out, environment, name)
    assert alarm(fan_out, environment, f"{name}-iterator-age") == above(QUARTER_OF_A_DAY_MS) | {
        "Namespace": "AWS/Lambda",
        "MetricName": "IteratorAge",
        "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": id}}],
        "Statistic": "Maximum",
        "Period": 60,
    }


@fed
def test_a_dead_letter(fan_out: Stack, environment: Environment, name: str) -> None:
    of = {"Fn::GetAtt": [queue(fan_out, environment, name), "QueueName"]}
    assert alarm(fan_out, environment, f"{name}-dead-letters") == above(0) | {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": of}],
        "Statistic": "Maximum",
        "Period": 60,
    }


@consumers
def test_a_lag_of_a_minute(fan_out: Stack, environment: Environment, id: str, kind: str) -> None:
    assert alarm(fan_out, environment, f"{kind}-{id}-lag") == above(60_000, of=3, periods=5) | {
        "Namespace": f"Tallygate/{environment.name}",
        "MetricName": "LagMilliseconds",
        "Dimensions": [{"Name": "service", "Value": f"{kind}-{id}"}],
        "ExtendedStatistic": "p99",
        "Period": 60,
    }
    # What the metric has is one value an invocation, not one a commit.
    name = f"tallygate-{environment.name}-{kind}-{id}-lag"
    says = fan_out.properties("AWS::CloudWatch::Alarm", AlarmName=name)["AlarmDescription"]
    assert says.startswith(f"{kind}-{id}: in one invocation in a hundred the oldest commit is applied more than 60 s")


@sweeps
def test_a_parked_stream_until_a_sweep_sees_none(fan_out: Stack, environment: Environment, name: str) -> None:
    assert alarm(fan_out, environment, f"{name}-parked-streams") == above(0, missing="ignore") | {
        "Namespace": f"Tallygate/{environment.name}",
        "MetricName": "ParkedStreams",
        "Dimensions": [{"Name": "service", "Value": name}],
        "Statistic": "Maximum",
        "Period": 300 if environment.sweep_minutes else 60,
    }


@sweeps
def test_a_view_further_than_its_stream(fan_out: Stack, environment: Environment, name: str) -> None:
    assert alarm(fan_out, environment, f"{name}-streams-ahead") == above(0, missing="ignore") | {
        "Namespace": f"Tallygate/{environment.name}",
        "MetricName": "StreamsAhead",
        "Dimensions": [{"Name": "service", "Value": name}],
        "Statistic": "Maximum",
        "Period": 300 if environment.sweep_minutes else 60,
    }


def test_a_commit_that_was_changed(fan_out: Stack, environment: Environment) -> None:
    assert alarm(fan_out, environment, "relay-commits-changed") == above(0) | {
        "Namespace": f"Tallygate/{environment.name}",
        "MetricName": "CommitsChanged",
        "Dimensions": [{"Name": "service", "Value": "relay"}],
        "Statistic": "Sum",
        "Period": 60,
    }


@sweeps
def test_sweeps_that_fail_each_time(fan_out: Stack, environment: Environment, name: str) -> None:
    if not environment.sweep_minutes:
        return
    id, _ = function(fan_out, environment, name)
    assert alarm(fan_out, environment, f"{name}-errors") == above(0, of=3, periods=3) | {
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": id}}],
        "Statistic": "Maximum",
        "Period": 300,
    }


def test_there_is_no_other_and_each_says_what_to_do_first(fan_out: Stack, environment: Environment) -> None:
    found = [one["Properties"] for one in fan_out.of_type("AWS::CloudWatch::Alarm").values()]
    names = {one["AlarmName"].removeprefix(f"tallygate-{environment.name}-") for one in found}
    expected = {f"{name}-{trouble}" for name in FED for trouble in ("iterator-age", "dead-letters")}
    expected |= {f"{kind}-{id}-lag" for id, kind in CONSUMERS.items()} | {"relay-commits-changed"}
    troubles = ("parked-streams", "streams-ahead", *(("errors",) if environment.sweep_minutes else ()))
    assert names == expected | {f"{name}-{trouble}" for name in SWEEPS for trouble in troubles}
    assert all(" First: " in one["AlarmDescription"] and len(one["AlarmDescription"]) <= 1024 for one in found)

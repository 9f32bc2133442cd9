"""The queue of chunks, in a stack of its own: to the last property, and cdk-nag has nothing to say."""

import json
from typing import Any

import pytest

from stacks.environment import Environment
from tests.infra.synthesis import Stack, Synthesis, shown, synthesize

# Both ways: a queue that feeds a function, and one for workers outside Lambda only.
PROGRAM = """
from aws_cdk import App, Stack, Stage, Validations
from cdk_nag import AwsSolutionsChecks
from stacks.constructs.function import Function
from stacks.constructs.task_queue import TaskQueue
from stacks.environments import ENVIRONMENTS

app = App()
Validations.of(app).add_plugins(AwsSolutionsChecks(app))
for environment in ENVIRONMENTS.values():
    stage = Stage(app, environment.title)
    for kind in ("fed", "alone"):
        stack = Stack(stage, kind, stack_name=f"tallygate-{environment.name}-{kind}")
        seconds = environment.worker_timeout_seconds
        queue = TaskQueue(stack, name=f"{kind}-chunks", worker_timeout_seconds=seconds, environment=environment)
        if kind == "fed":
            function = Function(stack, name="work_queued", layers=[], settings={}, permissions=[],
                                timeout_seconds=seconds, memory_mb=256, environment=environment).function
            queue.feed(function, concurrency=20)
app.synth()
"""


@pytest.fixture(scope="module")
def queues(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return synthesize(tmp_path_factory.mktemp("queues") / "cdk.out", program=("-c", PROGRAM))


@pytest.fixture
def fed(queues: Synthesis, environment: Environment) -> Stack:
    return queues.stack(environment.name, "fed")


@pytest.fixture
def dead_letters(fed: Stack, environment: Environment) -> str:
    return fed.one("AWS::SQS::Queue", QueueName=f"tallygate-{environment.name}-chunks-dead-letters")[0]


def test_there_is_no_finding(queues: Synthesis) -> None:
    assert queues.status == 0, queues.output
    assert queues.violations() == []
    assert queues.output == ""


def test_the_queue_is_exactly_this(fed: Stack, environment: Environment, dead_letters: str) -> None:
    expected = {
        "QueueName": "fed-chunks",
        "MessageRetentionPeriod": 14 * 24 * 3600,
        "SqsManagedSseEnabled": True,
        "VisibilityTimeout": 6 * environment.worker_timeout_seconds,
        "ReceiveMessageWaitTimeSeconds": 20,
        "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": [dead_letters, "Arn"]}, "maxReceiveCount": 10},
    }
    found = fed.properties("AWS::SQS::Queue", QueueName="fed-chunks")
    assert shown(found, environment) == shown(expected, environment)


def test_both_queues_refuse_plain_http_where_the_environment_says_so(fed: Stack, environment: Environment) -> None:
    refused = [policy["Properties"] for policy in fed.of_type("AWS::SQS::QueuePolicy").values()]
    of = {policy["Queues"][0]["Ref"] for policy in refused}
    assert of == (set(fed.of_type("AWS::SQS::Queue")) if environment.tls_only else set())
    for policy in refused:
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Principal"]) == ("Deny", {"AWS": "*"})
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_function_is_fed_one_message_at_a_time_and_within_its_limit(fed: Stack) -> None:
    queue, _ = fed.one("AWS::SQS::Queue", QueueName="fed-chunks")
    (function,) = fed.of_type("AWS::Lambda::Function")
    assert fed.properties("AWS::Lambda::EventSourceMapping") == {
        "EventSourceArn": {"Fn::GetAtt": [queue, "Arn"]},
        "FunctionName": {"Ref": function},
        "BatchSize": 1,
        "ScalingConfig": {"MaximumConcurrency": 20},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }


def test_without_a_function_nothing_in_lambda_receives(queues: Synthesis, environment: Environment) -> None:
    alone = queues.stack(environment.name, "alone")
    assert alone.of_type("AWS::Lambda::EventSourceMapping") == {}
    assert len(alone.of_type("AWS::SQS::Queue")) == 2


def test_a_dead_letter_rings_and_says_what_to_do_first(fed: Stack, environment: Environment, dead_letters: str) -> None:
    alarm = fed.properties("AWS::CloudWatch::Alarm")
    says = alarm.pop("AlarmDescription")
    assert " First: " in says
    assert len(says) <= 1024
    assert len(alarm.pop("AlarmActions")) == len(alarm.pop("OKActions")) == 1  # test_observability.py says which
    expected: dict[str, Any] = {
        "AlarmName": f"tallygate-{environment.name}-chunks-dead-letters",
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": [dead_letters, "QueueName"]}}],
        "Statistic": "Maximum",
        "Period": 60,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "TreatMissingData": "notBreaching",
    }
    assert alarm == expected, json.dumps(alarm)

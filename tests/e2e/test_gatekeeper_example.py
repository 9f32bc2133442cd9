"""The example of gatekeeper loops, deployed by itself: a queue is waited for, objects are waited for and given up."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from local import cdk
from local.emulator.process import Emulator
from local.server import wait_until
from tests.local.tiny_aws import TinyAws

pytestmark = [pytest.mark.e2e, pytest.mark.long]
STACK = "tallygate-local-gatekeeper-example"
FAST = {"SFN_WAIT_SCALE": "0.02"}  # the waits of a state machine, not those of a function


class Example:
    """The deployed example."""

    def __init__(self, emulator: Emulator) -> None:
        self.aws = TinyAws(emulator)
        (stack,) = self.aws.stacks.describe_stacks(StackName=STACK)["Stacks"]
        self.outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def start(self, machine: str, given: Mapping[str, Any]) -> str:
        arn = self.outputs[f"{machine}MachineArn"]
        return self.aws.machines.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"]

    def polls(self, execution: str) -> list[str]:
        """What each poll that was not ready said."""
        failed = [
            one["taskFailedEventDetails"] for one in self.aws.history(execution) if "taskFailedEventDetails" in one
        ]
        assert {one["error"] for one in failed} <= {"NotReadyError"}, failed
        return [json.loads(one["cause"])["errorMessage"] for one in failed]

    def states(self, execution: str) -> list[str]:
        events = self.aws.history(execution)
        return [one["stateEnteredEventDetails"]["name"] for one in events if "stateEnteredEventDetails" in one]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    out = tmp_path_factory.mktemp("example") / "cdk.out"
    app = ("--app", "python -m examples.gatekeeper.app", "--output", str(out))
    context = ("-c", "env=local", "-c", "looks=2", "-c", "pause_seconds=1")
    with Emulator(settings=FAST) as emulator:
        cdk.bootstrap(emulator)
        cdk._run(emulator, "deploy", "GatekeeperExample", *app, *context, "--require-approval", "never")
        yield Example(emulator)


def test_a_queue_is_waited_for_until_it_is_drained(example: Example) -> None:
    url = example.outputs["QueueUrl"]
    for body in ("one", "two"):
        example.aws.sqs.send_message(QueueUrl=url, MessageBody=body)
    execution = example.start("Drained", {"run": 7})
    assert wait_until(lambda: len(example.polls(execution)) >= 2, 30, every=0.2)
    messages = example.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    before = len(example.polls(execution))
    assert wait_until(lambda: len(example.polls(execution)) > before + 1, 30, every=0.2), "in flight is not drained"
    for message in messages:
        example.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    ended = example.aws.ended(execution)
    assert json.loads(ended["output"]) == {"run": 7, "gatekeeper": {"forced": False, "looks": 2}}
    polls = example.polls(execution)
    assert polls[0] == "the queue has 2 visible, 0 in flight, 0 delayed (look 1 of 2)"
    assert "the queue has 0 visible, 2 in flight, 0 delayed (look 1 of 2)" in polls
    assert example.states(execution) == ["Gatekeeper", "Done"]


def test_objects_are_waited_for_until_there_are_enough(example: Example) -> None:
    bucket = example.outputs["BucketName"]
    example.aws.s3.put_object(Bucket=bucket, Key="run-1/a", Body=b"")
    execution = example.start("Counted", {"prefix": "run-1/", "at_least": 2})
    assert wait_until(lambda: len(example.polls(execution)) >= 1, 30, every=0.1)
    example.aws.s3.put_object(Bucket=bucket, Key="run-1/b", Body=b"")
    ended = example.aws.ended(execution)
    assert json.loads(ended["output"])["gatekeeper"] == {"forced": False, "counted": 2}
    assert example.polls(execution)[0] == "1 of 2 objects stand under 'run-1/'"


def test_objects_that_never_come_are_given_up_when_patience_ends(example: Example) -> None:
    execution = example.start("Counted", {"prefix": "run-2/", "at_least": 1})
    ended = example.aws.ended(execution, seconds=60)
    assert ended["status"] == "SUCCEEDED"
    output = json.loads(ended["output"])
    assert output["gatekeeper"] == {"forced": True, "counted": 0}
    assert output["not_ready"]["Error"] == "NotReadyError"
    assert len(example.polls(execution)) == 13
    assert example.states(execution) == ["Gatekeeper", "ForceGatekeeper", "Gatekeeper", "Done"]


def test_bad_input_is_no_patience(example: Example) -> None:
    ended = example.aws.ended(example.start("Counted", {"prefix": "run-3/", "at_least": "many"}))
    assert (ended["status"], ended["error"]) == ("FAILED", "InvalidInput")
    assert "at_least is 'many', expected a whole number" in ended["cause"]

"""The mends of Step Functions' errors, names, paths and redrives: each holds mended, and not without its mend."""

import json
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.exceptions import ClientError

from tests.local.tiny_aws import ROLE, TinyAws, task

FLAKY = """
    import pathlib, tempfile, time

    class Broken(Exception):
        pass

    def handler(event, context):
        time.sleep(event.get("sleep", 0))
        mended = pathlib.Path(tempfile.gettempdir(), event["flag"])
        if mended.exists():
            return {"mended": True}
        if event.get("mend"):
            mended.touch()
        raise Broken("not yet mended")
"""


def code(call: Callable[[], object]) -> str:
    """The code of the error that a call ends with; an empty text where it is answered."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def passing(value: str) -> dict[str, Any]:
    """A state that puts the value of an expression under `value`."""
    return {"Take": {"Type": "Pass", "Parameters": {"value.$": value}, "End": True}}


def integrated(service: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"Call": {"Type": "Task", "Resource": f"arn:aws:states:::{service}", "Parameters": parameters, "End": True}}


def check_redrive(aws: TinyAws) -> None:
    """A failed execution goes on from the state that failed, and keeps its name, its input and its history."""
    flag = f"mended-{time.time_ns()}"
    function = aws.function(FLAKY)
    retry = [{"ErrorEquals": ["Broken"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    states = {
        "Before": {"Type": "Pass", "Result": 7, "ResultPath": "$.before", "Next": "Try"},
        "Try": {**task(function, Retry=retry), "OutputPath": None, "ResultPath": "$.tried", "Next": "After"},
        "After": {
            "Type": "Pass",
            "Parameters": {"before.$": "$.before", "flag.$": "$.flag", "redrives.$": "$$.Execution.RedriveCount"},
            "End": True,
        },
    }
    for field in ("End", "OutputPath"):
        del states["Try"][field]
    execution = aws.start(states, {"flag": flag, "mend": False})
    assert aws.ended(execution)["status"] == "FAILED"
    before = aws.history(execution)
    assert code(lambda: aws.machines.redrive_execution(executionArn=execution, clientToken="first")) == ""
    again = aws.ended(execution)
    assert (again["status"], again["redriveCount"], again["redriveStatus"]) == ("FAILED", 1, "REDRIVABLE")
    # sent again, it is not redriven again
    aws.machines.redrive_execution(executionArn=execution, clientToken="first")
    history = aws.history(execution)
    assert history[: len(before)] == before
    kinds = [event["type"] for event in history[len(before) :]]
    assert kinds[:2] == ["ExecutionRedriven", "TaskScheduled"]
    assert kinds.count("TaskScheduled") == 2, "retries count anew"
    aws.invoke(function, {"flag": flag, "mend": True})
    aws.machines.redrive_execution(executionArn=execution)
    last = aws.ended(execution)
    assert (last["status"], last["redriveCount"], last["redriveStatus"]) == ("SUCCEEDED", 2, "NOT_REDRIVABLE")
    assert (last["executionArn"], json.loads(last["input"])) == (execution, {"flag": flag, "mend": False})
    assert json.loads(last["output"]) == {"before": 7, "flag": flag, "redrives": 2}
    entered = [
        one["stateEnteredEventDetails"]["name"] for one in aws.history(execution) if "stateEnteredEventDetails" in one
    ]
    assert entered == ["Before", "Try", "After"]
    assert code(lambda: aws.machines.redrive_execution(executionArn=execution)) == "ExecutionNotRedrivable"
    assert code(lambda: aws.machines.redrive_execution(executionArn=f"{execution}x")) == "ExecutionDoesNotExist"
    _check_redrive_of_an_aborted_one(aws, function)


def _check_redrive_of_an_aborted_one(aws: TinyAws, function: str) -> None:
    """What an aborted state still does is not taken for the redriven one's."""
    flag = f"mended-{time.time_ns()}"
    execution = aws.start({"Try": task(function)}, {"flag": flag, "mend": True, "sleep": 1.5})
    time.sleep(0.6)
    assert code(lambda: aws.machines.redrive_execution(executionArn=execution)) == "ExecutionNotRedrivable"
    aws.machines.stop_execution(executionArn=execution)
    aws.machines.redrive_execution(executionArn=execution)
    ended = aws.ended(execution)
    assert (ended["status"], ended["redriveCount"]) == ("SUCCEEDED", 1), "the aborted attempt failed, after the redrive"
    kinds = [event["type"] for event in aws.history(execution)]
    assert kinds.index("ExecutionAborted") < kinds.index("ExecutionRedriven")


def check_missing_path(aws: TinyAws) -> None:
    """What is not there fails the execution, and can't be caught; only IsPresent may ask."""
    for path in ("$.nothing", "$.list[3]", "$$.Execution.Nothing", "States.Format('{}', $.nothing)"):
        failed = aws.run(passing(path), {"list": [1]})
        assert (failed["status"], failed.get("error")) == ("FAILED", "States.Runtime"), path
    done = {"Type": "Succeed"}
    rule = {"Variable": "$.nothing", "StringEquals": "x", "Next": "Done"}
    choice = {"Which": {"Type": "Choice", "Choices": [rule], "Default": "Done"}, "Done": done}
    assert aws.run(choice, {"x": 1})["status"] == "FAILED"
    present = {"Variable": "$.null", "IsPresent": True, "Next": "Done"}
    absent = {"Variable": "$.nothing", "IsPresent": True, "Next": "Wrong"}
    asked = {"Which": {"Type": "Choice", "Choices": [absent, present]}, "Done": done, "Wrong": {"Type": "Fail"}}
    assert aws.run(asked, {"null": None})["status"] == "SUCCEEDED"
    caught = {
        "Parts": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "Take", "States": passing("$.nothing")}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}],
            "Next": "Done",
        },
        "Done": done,
    }
    assert aws.run(caught)["status"] == "FAILED"


def check_format_values(aws: TinyAws) -> None:
    """Values stand in a text as they do in JSON, one for each place."""
    given = {"n": 2.5, "text": "a'b", "object": {"k": [1, None, True]}}
    written = aws.run(passing("States.Format('{} {} {} {} {}', $.n, $.text, $.object, true, null)"), given)
    assert json.loads(written["output"]) == {"value": '2.5 a\'b {"k":[1,null,true]} true null'}
    for places in ("{} {}", "none"):
        assert aws.run(passing(f"States.Format('{places}', $.n)"), given).get("error") == "States.IntrinsicFailure"


def check_execution_name(aws: TinyAws) -> None:
    """A name is taken once, for one input; what is running is not started again; bad names are refused."""
    waiting = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 2, "End": True}}})
    machine = aws.machines.create_state_machine(name=f"named-{time.time_ns()}", roleArn=ROLE, definition=waiting)

    def start(name: str, given: str = "{}") -> Any:
        return aws.machines.start_execution(stateMachineArn=machine["stateMachineArn"], name=name, input=given)

    first = start("batch-g1")
    assert code(lambda: start("batch-g1")) == ""
    assert start("batch-g1")["executionArn"] == first["executionArn"]
    assert code(lambda: start("batch-g1", '{"other": 1}')) == "ExecutionAlreadyExists"
    aws.ended(first["executionArn"])
    assert code(lambda: start("batch-g1")) == "ExecutionAlreadyExists"
    for name in ("a b", "a/b", "a:b", "a*"):
        assert code(lambda name=name: start(name)) == "InvalidName"  # type: ignore[misc]
    parameters = {"StateMachineArn": machine["stateMachineArn"], "Name.$": "States.Format('{}-g{}', $.batch, $.g)"}
    states = integrated("states:startExecution", {**parameters, "Input": {"continue.$": "$.batch"}})
    assert aws.run(states, {"batch": "x" * 77, "g": 2})["status"] == "SUCCEEDED"
    assert aws.run(states, {"batch": "x" * 77, "g": 2})["status"] == "SUCCEEDED"
    assert aws.run(states, {"batch": "x" * 78, "g": 2})["status"] == "FAILED"


def check_integration_errors(aws: TinyAws) -> None:
    """Errors have AWS's names; an event that was refused fails its state."""
    topic = "arn:aws:sns:us-east-1:000000000000:nothing"
    missing = "arn:aws:states:us-east-1:000000000000:stateMachine:nothing"
    entry = {"Source": "aws.not-ours", "DetailType": "x", "Detail": {"batch.$": "$.batch"}}
    for service, parameters, error in (
        ("sns:publish", {"TopicArn": topic, "Message.$": "$"}, "SNS.NotFoundException"),
        ("states:startExecution", {"StateMachineArn": missing}, "StepFunctions.StateMachineDoesNotExistException"),
        ("events:putEvents", {"Entries": [entry]}, "EventBridge.FailedEntry"),
    ):
        failed = aws.run(integrated(service, parameters), {"batch": "b1"})
        assert failed.get("error") == error, failed
    twice = aws.machines.create_state_machine(
        name=f"twice-{time.time_ns()}", roleArn=ROLE, definition=json.dumps({"StartAt": "Take", "States": passing("$")})
    )
    states = integrated(
        "states:startExecution", {"StateMachineArn": twice["stateMachineArn"], "Name": "once", "Input.$": "$"}
    )
    states["Call"]["Catch"] = [{"ErrorEquals": ["StepFunctions.ExecutionAlreadyExistsException"], "Next": "Continued"}]
    states["Continued"] = {"Type": "Pass", "Result": "continued", "End": True}
    aws.run(states, {"n": 1})
    assert aws.run(states, {"n": 2}).get("output") == '"continued"'


def check_event_resources(aws: TinyAws) -> None:
    """An event that a state puts arrives with its detail as an object, and names what put it."""
    events = boto3.client("events", **aws.emulator.client_settings())
    bus, (address, arn) = f"bus-{time.time_ns()}", aws.queue()
    events.create_event_bus(Name=bus)
    events.put_rule(Name="all", EventBusName=bus, EventPattern=json.dumps({"source": ["tallygate"]}))
    events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    entry = {"Source": "tallygate", "DetailType": "BatchEnded", "EventBusName": bus, "Detail.$": "$"}
    ended = aws.run(integrated("events:putEvents", {"Entries": [{**entry, "Resources": ["mine"]}]}), {"batch": "b1"})
    assert json.loads(ended["output"])["FailedEntryCount"] == 0
    (message,) = aws.sqs.receive_message(QueueUrl=address, WaitTimeSeconds=5)["Messages"]
    event = json.loads(message["Body"])
    assert (event["detail-type"], event["detail"]) == ("BatchEnded", {"batch": "b1"})
    assert event["resources"] == ["mine", ended["executionArn"], ended["stateMachineArn"]]


CHECKS: dict[str, Callable[[TinyAws], None]] = {
    "redrive": check_redrive,
    "missing_path": check_missing_path,
    "format_values": check_format_values,
    "execution_name": check_execution_name,
    "integration_errors": check_integration_errors,
    "event_resources": check_event_resources,
}


def test_a_topic_is_notified_with_the_state_as_json(aws: TinyAws) -> None:
    """No mend: SNS's integration is right where it succeeds."""
    topics = boto3.client("sns", **aws.emulator.client_settings())
    topic, (address, arn) = topics.create_topic(Name=f"t-{time.time_ns()}")["TopicArn"], aws.queue()
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    subject = "States.Format('Batch {}: {}', $.batch, $.status)"
    parameters = {"TopicArn": topic, "Subject.$": subject, "Message.$": "$"}
    ended = aws.run(integrated("sns:publish", parameters), {"batch": "b1", "status": "partial"})
    (message,) = aws.sqs.receive_message(QueueUrl=address, WaitTimeSeconds=5)["Messages"]
    told = json.loads(message["Body"])
    assert (told["Subject"], json.loads(told["Message"])) == ("Batch b1: partial", {"batch": "b1", "status": "partial"})
    assert told["MessageId"] == json.loads(ended["output"])["MessageId"]

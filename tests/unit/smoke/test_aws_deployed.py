"""What AWS says against it is told with what to do."""

import os
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.smoke.__main__ import main
from tallygate.smoke.aws_deployed import AwsDeployed
from tallygate.smoke.errors import NotDeployed, Refused, TimedOut
from tests.conftest import ANYBODY
from tests.tables import create_batches_table

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:tallygate-dev-batch"


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", ANYBODY["region_name"])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ANYBODY["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ANYBODY["aws_secret_access_key"])
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    clients = (aws.dynamodb, aws.s3, aws.stepfunctions)
    with mock_aws():
        yield
    for client in clients:
        client.cache_clear()


def test_no_such_environment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--environment", "nowhere"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("smoke test of nowhere: there is no environment 'nowhere' in this account and Region (")
    assert "deploy it with make deploy ENV=nowhere, or set AWS_PROFILE and AWS_REGION" in said


def test_access_denied() -> None:
    create_batches_table(aws.dynamodb(), "tallygate-dev-batches")
    denied = boto3.client("stepfunctions", config=aws.config(), **ANYBODY)
    with Stubber(denied) as stubbed, pytest.MonkeyPatch.context() as patch:
        stubbed.add_client_error("start_execution", "AccessDeniedException", "not authorized: states:StartExecution")
        patch.setattr(aws, "stepfunctions", lambda: denied)
        with pytest.raises(Refused, match=r"states:StartExecution.*What the smoke test needs stands in docs/deploy.md"):
            AwsDeployed("dev").run("smoke-x", {}, Deadline.after(5))


def test_a_start_that_is_known_already_is_ours_and_a_late_end_names_the_state() -> None:
    create_batches_table(aws.dynamodb(), "tallygate-dev-batches")
    machines = boto3.client("stepfunctions", config=aws.config(), **ANYBODY)
    arn = MACHINE.replace("stateMachine", "execution") + ":smoke-x"
    running = {"executionArn": arn, "stateMachineArn": MACHINE, "status": "RUNNING", "startDate": 1}
    entered = {"timestamp": 1, "type": "TaskStateEntered", "id": 3, "stateEnteredEventDetails": {"name": "Gatekeeper"}}
    with Stubber(machines) as stubbed, pytest.MonkeyPatch.context() as patch:
        stubbed.add_client_error("start_execution", "ExecutionAlreadyExists")
        stubbed.add_response("describe_execution", running, {"executionArn": arn})
        stubbed.add_response(
            "get_execution_history",
            {"events": [{"timestamp": 1, "type": "LambdaFunctionScheduled", "id": 4}, entered]},
            {"executionArn": arn, "reverseOrder": True, "maxResults": 100},
        )
        patch.setattr(aws, "stepfunctions", lambda: machines)
        with pytest.raises(TimedOut, match="smoke-x is still running, in state 'Gatekeeper'"):
            AwsDeployed("dev").run("smoke-x", {}, Deadline.after(0.1))


def test_what_is_neither_is_raised_as_it_came() -> None:
    client = boto3.client("dynamodb", config=aws.config(), **ANYBODY)
    with Stubber(client) as stubbed, pytest.MonkeyPatch.context() as patch:
        stubbed.add_client_error("describe_table", "ValidationException")
        patch.setattr(aws, "dynamodb", lambda: client)
        with pytest.raises(ClientError):
            AwsDeployed("dev").upload("x", "")


def test_an_empty_account_is_told_from_a_refusal() -> None:
    with pytest.raises(NotDeployed):
        AwsDeployed("dev").upload("x", "")
    assert "AWS_PROFILE" not in os.environ

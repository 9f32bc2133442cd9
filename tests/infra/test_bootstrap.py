"""What is checked before an account's bootstrap is changed."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.session import Session
from botocore.stub import Stubber

from stacks.bootstrap import __main__ as program
from stacks.bootstrap.toolkit import Shared, demand_it_is_ours

OURS = "arn:aws:iam::123456789012:policy/tallygate-deployment-eu-west-1-state"
OTHERS = "arn:aws:iam::123456789012:policy/somebody"


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """CloudFormation, which answers as it is told."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    client = Session().create_client("cloudformation", region_name="eu-west-1")
    monkeypatch.setattr(Session, "create_client", lambda *_arguments, **_options: client)
    with Stubber(client) as stub:
        yield stub


def bootstrapped(stubbed: Stubber, policies: str) -> None:
    stack = {
        "StackName": "CDKToolkit",
        "CreationTime": "2026-11-21T12:00:00Z",
        "StackStatus": "CREATE_COMPLETE",
        "Parameters": [{"ParameterKey": "CloudFormationExecutionPolicies", "ParameterValue": policies}],
    }
    stubbed.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": "CDKToolkit"})


def test_an_account_that_nobody_has_bootstrapped(stubbed: Stubber) -> None:
    stubbed.add_client_error("describe_stacks", "ValidationError", "Stack with id CDKToolkit does not exist")
    demand_it_is_ours("CDKToolkit", policy="tallygate-deployment", narrow=False)


def test_one_that_we_have(stubbed: Stubber) -> None:
    bootstrapped(stubbed, f"{OURS},{OURS.replace('state', 'code')}")
    demand_it_is_ours("CDKToolkit", policy="tallygate-deployment", narrow=False)


@pytest.mark.parametrize(("policies", "named"), [("", "AdministratorAccess"), (f"{OURS},{OTHERS}", OTHERS)])
def test_one_that_others_have_is_not_narrowed_unless_told_so(stubbed: Stubber, policies: str, named: str) -> None:
    bootstrapped(stubbed, policies)
    with pytest.raises(Shared) as raised:
        demand_it_is_ours("CDKToolkit", policy="tallygate-deployment", narrow=False)
    for words in (named, "other CDK apps in it would lose what they need", "NARROW=1", "bootstrapQualifier"):
        assert words in str(raised.value)
    bootstrapped(stubbed, policies)
    demand_it_is_ours("CDKToolkit", policy="tallygate-deployment", narrow=True)


def test_an_error_that_says_something_else_is_raised(stubbed: Stubber) -> None:
    stubbed.add_client_error("describe_stacks", "AccessDenied", "no")
    with pytest.raises(Exception, match="AccessDenied"):
        demand_it_is_ours("CDKToolkit", policy="tallygate-deployment", narrow=False)


def test_trust_is_given_to_accounts(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing_may_start(*_arguments: Any, **_options: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(program, "_cdk", nothing_may_start)
    assert program.main(["--trust", "prod"]) == 2
    assert capsys.readouterr().err == ("TRUST=prod is no account: give its twelve digits, several parted by commas\n")

"""Who may use the environment's key: its roles, by the key's own policy, through the services that hold its data."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from stacks.environment import BadEnvironment, Environment
from stacks.environments import ENVIRONMENTS
from stacks.names import Names
from tests.infra.synthesis import Stack, Synthesis, text
from tests.infra.test_data_key import CUSTOMERS, data_key, own_stacks
from tests.infra.test_permissions import PIPELINE, listed, statements

# What AWS's own documents say a caller needs of the key, by what it does to the data: through which service, and what.
READ, WRITE = {"kms:Decrypt"}, {"kms:GenerateDataKey"}
NEEDS = {
    "dynamodb": ({"GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "GetRecords"}, READ),
    "s3": ({"GetObject", "GetObjectVersion"}, READ),
    "kinesis": ({"GetRecords"}, READ),
    "sqs": ({"ReceiveMessage"}, READ),
}
NEEDS_BOTH = {"s3": {"PutObject"}, "sqs": {"SendMessage"}, "sns": {"Publish"}}


@pytest.mark.parametrize("name", CUSTOMERS)
def test_roles_of_the_environment_may_use_it_through_the_services_that_hold_its_data_and_no_one_else(
    synthesis: Synthesis, name: str
) -> None:
    """All conditions hold together: another account, another environment's role, a person or a service fails one."""
    allowed = roles_statement(synthesis, name)
    conditions = allowed.pop("Condition")
    assert allowed == {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
    }
    assert {
        (by, key): [text(value) for value in listed(values)]
        for by, condition in conditions.items()
        for key, values in condition.items()
    } == {
        ("StringEquals", "kms:CallerAccount"): ["${AWS::AccountId}"],
        ("StringEquals", "kms:ViaService"): [
            f"{service}.${{AWS::Region}}.amazonaws.com" for service in ("dynamodb", "kinesis", "s3", "sns", "sqs")
        ],
        ("ArnLike", "aws:PrincipalArn"): [f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/tallygate-{name}-*"],
    }


@pytest.mark.parametrize("name", CUSTOMERS)
def test_that_is_what_its_roles_need_together(synthesis: Synthesis, varied: Synthesis, name: str) -> None:
    allowed = roles_statement(synthesis, name)
    needed: dict[str, set[str]] = defaultdict(set)
    for one in (synthesis, varied):
        for stack, role in in_need(one):
            if stack.name.startswith(f"tallygate-{name}-"):
                for service, those in expected(actions_of(stack, role)).items():
                    needed[service] |= those
    services = [text(one).partition(".")[0] for one in allowed["Condition"]["StringEquals"]["kms:ViaService"]]
    assert sorted(needed) == services
    assert set.union(*needed.values()) == set(allowed["Action"])


def test_a_role_that_needs_the_key_has_a_name_by_which_the_key_knows_it(
    synthesis: Synthesis, varied: Synthesis
) -> None:
    """CloudFormation makes it of the stack's name, where the template gives none; a path would stand before it."""
    ours = tuple(f"tallygate-{name}-" for name in ENVIRONMENTS)
    found = [one for each in (synthesis, varied) for one in in_need(each)]
    assert len(found) > 40
    # The pipeline's build stands outside, and has statements of its own: test_smoke_permissions.py.
    assert {stack.name for stack, _ in found if not stack.name.startswith(ours)} == {PIPELINE}
    for stack, role in found:
        given = stack.template["Resources"][role]["Properties"].keys() & {"RoleName", "Path"}
        assert given == set(), f"{role} of {stack.name}"


def test_that_name_is_not_cut_before_it_tells_the_environment() -> None:
    """Of a name of 64 characters 13 are random, and what is left is shared between the stack's name and the role's id.

    AWS documents no such rule. It is seen in names: `ChineseboostAnalyticsStac-RainlyticsSummariesJobFun-UjecjFhpdr1d`.
    """
    longest = Environment(name="a" * 12)
    with pytest.raises(BadEnvironment):
        Environment(name="a" * 13)
    assert len(Names(longest.name).stack("")) <= (64 - 13 - 1) // 2


def test_no_role_of_an_environment_has_a_statement_on_keys(
    synthesis: Synthesis, varied: Synthesis, environment: Environment
) -> None:
    """It would be there too late: after the tables lie under the key, and gone before they no longer do."""
    for stacks in (own_stacks(synthesis, environment.name), own_stacks(varied, environment.name)):
        for stack in stacks.values():
            for role in stack.of_type("AWS::IAM::Role"):
                actions = actions_of(stack, role)
                assert [one for one in actions if one.startswith("kms:")] == [], f"{role} of {stack.name}"


@pytest.mark.parametrize("name", CUSTOMERS)
def test_the_key_comes_first(synthesis: Synthesis, name: str) -> None:
    """With its policy, which is a property of it: whatever lies under it is deployed after."""
    events = f"tallygate-{name}-events"
    for stack in own_stacks(synthesis, name).values():
        assert stack.name == events or data_key(stack, name) is None or events in stack.dependencies


def roles_statement(synthesis: Synthesis, environment: str) -> dict[str, Any]:
    """Of the key's policy: what is for the environment's roles."""
    _, key = synthesis.stack(environment, "events").one("AWS::KMS::Key")
    (found,) = [one for one in key["Properties"]["KeyPolicy"]["Statement"] if one["Principal"] == {"AWS": "*"}]
    return dict(found)


def actions_of(stack: Stack, role: str) -> set[str]:
    return {action for one in statements(stack, role) for action in listed(one["Action"])}


def in_need(synthesis: Synthesis) -> Iterator[tuple[Stack, str]]:
    """Every role, of whatever stack, that does to some data what takes the key."""
    for stack in synthesis.stacks.values():
        for role in stack.of_type("AWS::IAM::Role"):
            if expected(actions_of(stack, role)):
                yield stack, role


def expected(actions: set[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for service, (those, needed) in NEEDS.items():
        if actions & {f"{service}:{action}" for action in those}:
            found[service] |= needed
    for service, those in NEEDS_BOTH.items():
        if actions & {f"{service}:{action}" for action in those}:
            found[service] |= READ | WRITE
    if "kinesis:PutRecords" in actions:
        found["kinesis"] |= WRITE
    return dict(found)

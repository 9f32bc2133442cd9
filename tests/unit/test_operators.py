"""Policies for who is not ours: what they name, and what is refused. On the emulator: tests/e2e/test_operators.py."""

import json
from typing import Any

import pytest

from stacks.environments import ENVIRONMENTS
from stacks.operators import MAY, Place, main, policy

WHERE = {"account": "111122223333", "region": "eu-central-1"}


def actions(document: dict[str, Any]) -> set[str]:
    return {action for statement in document["Statement"] for action in statement["Action"]}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("may", MAY)
def test_no_action_is_a_pattern_and_every_resource_is_of_the_environment(may: str, environment: str) -> None:
    document = policy(may, Place(environment=ENVIRONMENTS[environment], **WHERE))
    assert [action for action in actions(document) if "*" in action or "delete" in action.lower()] == []
    for statement in document["Statement"]:
        for resource in statement["Resource"]:
            known = f"tallygate-{environment}-" in resource or resource.endswith(":key/*")
            assert known or (resource == "*" and actions({"Statement": [statement]}) <= WITHOUT_RESOURCE), resource


WITHOUT_RESOURCE = {"cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "logs:DescribeLogGroups"}


def test_who_may_look_may_change_nothing() -> None:
    verbs = ("Get", "Describe", "List", "Query", "Filter")
    may = actions(policy("look", Place(environment=ENVIRONMENTS["dev"], **WHERE)))
    assert [action for action in may if not action.partition(":")[2].startswith(verbs)] == []


def test_a_key_goes_with_the_data_where_there_is_one() -> None:
    document = policy("append", Place(environment=ENVIRONMENTS["prod"], **WHERE))
    keys = [one for one in document["Statement"] if any(action.startswith("kms:") for action in one["Action"])]
    found = {one["Condition"]["StringEquals"]["kms:ViaService"].partition(".")[0]: one["Action"] for one in keys}
    assert found == {"dynamodb": ["kms:Decrypt"], "s3": ["kms:Decrypt", "kms:GenerateDataKey"]}
    aliases = [one["Condition"]["ForAnyValue:StringEquals"]["kms:ResourceAliases"] for one in keys]
    assert set(aliases) == {"alias/tallygate-prod-data"}
    assert not any("kms" in action for action in actions(policy("append", _dev())))


def test_appending_may_be_for_some_categories_only() -> None:
    streams, objects = policy("append", _dev(), ["account", "order"])["Statement"]
    assert streams["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["account-*", "order-*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    assert [arn.rpartition("/")[2] for arn in objects["Resource"]] == ["account-*", "order-*"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["look", "--env", "dev", "--account", "12", "--region", "eu-central-1"], "the account is '12', expected 12"),
        (
            ["look", "--env", "dev", "--account", "1" * 12, "--region", "Mars"],
            "the Region is 'Mars', expected",
        ),
        (["look", "--env", "stage", "--account", "1" * 12, "--region", "eu-central-1"], "no environment 'stage'"),
        (
            ["look", "--env", "pipeline", "--account", "1" * 12, "--region", "eu-central-1"],
            "'pipeline' is no environment",
        ),
        (
            ["append", "--env", "dev", "--account", "1" * 12, "--region", "eu-central-1", "--category", "A-b"],
            "the category 'A-b' can't be one",
        ),
        (
            ["start", "--env", "dev", "--account", "1" * 12, "--region", "eu-central-1", "--category", "a"],
            "'start' is for no categories of streams",
        ),
    ],
)
def test_what_can_be_no_policy_is_refused(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert says in capsys.readouterr().err


def test_it_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["start", "--env", "dev", "--account", "1" * 12, "--region", "eu-central-1"]) == 0
    assert json.loads(capsys.readouterr().out)["Version"] == "2012-10-17"


def _dev() -> Place:
    return Place(environment=ENVIRONMENTS["dev"], **WHERE)

"""What holds the smoke test to its own streams and batches, and to the key through the services that it calls."""

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import App, Stack

from stacks.constructs.smoke_permissions import smoke_permissions
from stacks.environments import ENVIRONMENTS


@pytest.fixture(scope="module")
def statements() -> list[dict[str, Any]]:
    """Of an environment that has a key of its own."""
    stack = Stack(App(), "pipeline")
    environment = replace(ENVIRONMENTS["dev"], encryption="customer")
    return [stack.resolve(one.to_statement_json()) for one in smoke_permissions(stack, environment=environment)]


def of(statements: list[dict[str, Any]], service: str) -> list[dict[str, Any]]:
    return [one for one in statements if str(one["Action"]).lstrip("['").startswith(f"{service}:")]


def test_a_call_that_names_no_key_of_the_table_is_refused(statements: list[dict[str, Any]]) -> None:
    """Else it would pass: "all values" is true of none, too."""
    assert [one["Condition"] for one in of(statements, "dynamodb") if one["Action"] != "dynamodb:DescribeTable"] == [
        {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [keys]}, "Null": {"dynamodb:LeadingKeys": "false"}}
        for keys in ("smoke-*", "batch#smoke-*")
    ]


def test_the_key_is_used_through_the_services_alone_and_for_no_more_than_they_need(
    statements: list[dict[str, Any]],
) -> None:
    found = [(one["Action"], one["Condition"]) for one in of(statements, "kms")]
    assert found == [
        (
            actions,
            {
                "StringEquals": {"kms:ViaService": {"Fn::Join": ["", [f"{service}.", {"Ref": "AWS::Region"}, DOMAIN]]}},
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/tallygate-dev-data"},
            },
        )
        for service, actions in (("dynamodb", "kms:Decrypt"), ("s3", ["kms:Decrypt", "kms:GenerateDataKey"]))
    ]


DOMAIN = ".amazonaws.com"

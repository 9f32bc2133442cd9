"""The vault of keys, where an environment has one: to the last property."""

import pytest

from tests.infra.synthesis import Stack, Synthesis, synthesize

# The real app, with a vault in two of the real environments.
WITH_FORGETTING = """
from dataclasses import replace
from stacks.environments import ENVIRONMENTS
for name in ("dev", "prod"):
    ENVIRONMENTS[name] = replace(ENVIRONMENTS[name], forgetting=True)
import app
app.main()
"""
KEPT = {"dev": "Delete", "prod": "Retain"}
everywhere = pytest.mark.parametrize("name", KEPT)


@pytest.fixture(scope="module")
def forgetting(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return synthesize(tmp_path_factory.mktemp("forgetting") / "cdk.out", program=("-c", WITH_FORGETTING))


def added(forgetting: Synthesis, synthesis: Synthesis, name: str) -> Stack:
    """The stack with a vault, and nothing in it but what the vault adds."""
    with_it, without = forgetting.stack(name, "events"), synthesis.stack(name, "events").template["Resources"]
    more = {id: one for id, one in with_it.template["Resources"].items() if id not in without}
    assert {id: one for id, one in with_it.template["Resources"].items() if id in without} == without
    return Stack(with_it.name, {"Resources": more}, termination_protection=False, dependencies=())


@everywhere
def test_the_table_is_exactly_this(forgetting: Synthesis, synthesis: Synthesis, name: str) -> None:
    vault = added(forgetting, synthesis, name)
    key, _ = vault.one("AWS::KMS::Key")
    assert vault.properties("AWS::DynamoDB::Table") == {
        "TableName": f"tallygate-{name}-subjects",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": name == "prod",
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 1},
        "SSESpecification": {
            "KMSMasterKeyId": {"Fn::GetAtt": [key, "Arn"]},
            "SSEEnabled": True,
            "SSEType": "KMS",
        },
    }


@everywhere
def test_the_key_rotates_and_is_known_by_its_alias(forgetting: Synthesis, synthesis: Synthesis, name: str) -> None:
    vault = added(forgetting, synthesis, name)
    id, _ = vault.one("AWS::KMS::Key")
    key = vault.properties("AWS::KMS::Key")
    assert set(key) == {"Description", "EnableKeyRotation", "KeyPolicy"}
    assert key["EnableKeyRotation"] is True
    assert vault.properties("AWS::KMS::Alias") == {
        "AliasName": f"alias/tallygate-{name}-subjects",
        "TargetKeyId": {"Fn::GetAtt": [id, "Arn"]},
    }


@everywhere
def test_both_outlive_their_stack_where_the_environment_says_so(
    forgetting: Synthesis, synthesis: Synthesis, name: str
) -> None:
    vault = added(forgetting, synthesis, name)
    kinds = sorted(one["Type"] for one in vault.template["Resources"].values())
    assert kinds == ["AWS::DynamoDB::Table", "AWS::KMS::Alias", "AWS::KMS::Key"]
    for kind in ("AWS::DynamoDB::Table", "AWS::KMS::Key"):
        _, resource = vault.one(kind)
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == KEPT[name]


def test_there_is_no_finding(forgetting: Synthesis) -> None:
    assert forgetting.status == 0, forgetting.output
    assert forgetting.violations() == []
    assert forgetting.output == ""


def test_no_function_may_use_it_by_default(forgetting: Synthesis, synthesis: Synthesis) -> None:
    for name in KEPT:
        assert forgetting.stack(name, "batch").template == synthesis.stack(name, "batch").template


def test_without_forgetting_there_is_no_key(synthesis: Synthesis) -> None:
    assert [kind for one in synthesis.stacks.values() for kind in one.of_type("AWS::KMS::Key")] == []

"""The vault of keys, where an environment has one: to the last property."""

import pytest

from tests.infra.synthesis import Stack, Synthesis, masked

KEPT = {"dev": "Delete", "prod": "Retain"}
everywhere = pytest.mark.parametrize("name", KEPT)


def added(varied: Synthesis, synthesis: Synthesis, name: str) -> Stack:
    """The stack with a vault, and nothing in it but what the vault adds."""
    with_it, without = varied.stack(name, "events"), synthesis.stack(name, "events").template["Resources"]
    more = {id: one for id, one in with_it.template["Resources"].items() if id not in without}
    assert {id: one for id, one in with_it.template["Resources"].items() if id in without} == without
    return Stack(with_it.name, {"Resources": more}, termination_protection=False, dependencies=())


@everywhere
def test_the_table_is_exactly_this(varied: Synthesis, synthesis: Synthesis, name: str) -> None:
    vault = added(varied, synthesis, name)
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
def test_the_key_rotates_and_is_known_by_its_alias(varied: Synthesis, synthesis: Synthesis, name: str) -> None:
    vault = added(varied, synthesis, name)
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
    varied: Synthesis, synthesis: Synthesis, name: str
) -> None:
    vault = added(varied, synthesis, name)
    kinds = sorted(one["Type"] for one in vault.template["Resources"].values())
    assert kinds == ["AWS::DynamoDB::Table", "AWS::KMS::Alias", "AWS::KMS::Key"]
    for kind in ("AWS::DynamoDB::Table", "AWS::KMS::Key"):
        _, resource = vault.one(kind)
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == KEPT[name]


def test_there_is_no_finding(varied: Synthesis) -> None:
    assert varied.status == 0, varied.output
    assert varied.violations() == []
    assert varied.output == ""


def test_no_function_may_use_it_by_default(varied: Synthesis, synthesis: Synthesis) -> None:
    for name in KEPT:
        assert masked(varied.stack(name, "batch").template) == masked(synthesis.stack(name, "batch").template)


def test_without_forgetting_there_is_no_key(synthesis: Synthesis) -> None:
    aliases = [alias for one in synthesis.stacks.values() for alias in one.of_type("AWS::KMS::Alias").values()]
    assert [name for one in aliases if "subjects" in (name := one["Properties"]["AliasName"])] == []

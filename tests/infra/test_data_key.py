"""The environment's own key: everything lies under it, two services use it. Where there is none: nothing."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from stacks.environment import Environment
from stacks.environments import ENVIRONMENTS
from tests.infra.synthesis import ROOT, Stack, Synthesis, synthesize, text
from tests.infra.test_permissions import listed

# By type: where a resource names the key under which it lies.
KEY_OF = {
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "AWS::S3::Bucket": (
        "BucketEncryption", "ServerSideEncryptionConfiguration", 0, "ServerSideEncryptionByDefault", "KMSMasterKeyID",
    ),
    "AWS::Kinesis::Stream": ("StreamEncryption", "KeyId"),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::Events::EventBus": ("KmsKeyIdentifier",),
}  # fmt: skip
CUSTOMERS = [name for name, one in ENVIRONMENTS.items() if one.encryption == "customer"]
# The real app, with another answer to whose the keys are.
WITH_A_KEY = """
from dataclasses import replace
from stacks.environments import ENVIRONMENTS
ENVIRONMENTS["dev"] = replace(ENVIRONMENTS["dev"], encryption="customer")
import app
app.main()
"""
# These have a key of their own, on purpose: the keys of subjects, and alarms, that CloudWatch tells.
OWN_KEY = ("-subjects", "-alarms")


def used_key(resource: dict[str, Any], path: tuple[str | int, ...]) -> Any:
    found: Any = resource["Properties"]
    for step in path:
        if isinstance(found, dict) and step not in found:
            return None
        found = found[step]
    return found


def own_stacks(synthesis: Synthesis, environment: str) -> dict[str, Stack]:
    return {name: stack for name, stack in synthesis.stacks.items() if name.startswith(f"tallygate-{environment}-")}


def data_key(stack: Stack, environment: str) -> Any:
    """How a stack refers to the key: it makes it, or takes its ARN from the parameter."""
    for id, resource in stack.of_type("AWS::KMS::Alias").items():
        if resource["Properties"]["AliasName"] == f"alias/tallygate-{environment}-data":
            assert id
            return resource["Properties"]["TargetKeyId"]
    for id, parameter in stack.template.get("Parameters", {}).items():
        if parameter.get("Default") == f"/tallygate/{environment}/data-key":
            return {"Ref": id}
    return None


def has_its_own(resource: dict[str, Any]) -> bool:
    names = (resource["Properties"].get(name) for name in ("TableName", "TopicName"))
    return any(isinstance(name, str) and name.endswith(OWN_KEY) for name in names)


def test_production_has_a_key_of_its_own() -> None:
    assert "prod" in CUSTOMERS


def test_everything_that_is_stored_lies_under_the_key(
    synthesis: Synthesis, varied: Synthesis, environment: Environment
) -> None:
    for stacks in (own_stacks(synthesis, environment.name), own_stacks(varied, environment.name)):
        found = [
            (id, used_key(resource, KEY_OF[resource["Type"]]), data_key(stack, environment.name))
            for stack in stacks.values()
            for id, resource in stack.template["Resources"].items()
            if resource["Type"] in KEY_OF and not has_its_own(resource)
        ]
        assert len(found) > 20
        if environment.encryption == "customer":
            assert [id for id, used, key in found if key is None or used != key] == []
        else:
            found = [one for one in found if not one[0].startswith(OWN_KEY)]
            assert {str(used) for _, used, _ in found} == {"None", "alias/aws/kinesis", *AWS_TOPIC}


AWS_TOPIC = {
    str({"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":kms:", {"Ref": "AWS::Region"}, ":",
                           {"Ref": "AWS::AccountId"}, ":alias/aws/sns"]]})
}  # fmt: skip


def test_without_one_nothing_speaks_of_a_key(synthesis: Synthesis) -> None:
    for environment in ENVIRONMENTS.keys() - set(CUSTOMERS):
        for stack in own_stacks(synthesis, environment).values():
            assert "data-key" not in json.dumps(stack.template)
            assert f"alias/tallygate-{environment}-data" not in json.dumps(stack.template)


@pytest.mark.parametrize("name", CUSTOMERS)
def test_the_key_is_rotated_kept_as_the_data_is_and_found_by_its_parameter(synthesis: Synthesis, name: str) -> None:
    environment, events = ENVIRONMENTS[name], synthesis.stack(name, "events")
    id, key = events.one("AWS::KMS::Key", Description=f"Tallygate {name}: all that is stored")
    assert key["Properties"]["EnableKeyRotation"] is True
    assert key["DeletionPolicy"] == key["UpdateReplacePolicy"] == ("Retain" if environment.retain_data else "Delete")
    arn = {"Fn::GetAtt": [id, "Arn"]}
    alias = f"alias/tallygate-{name}-data"
    assert events.properties("AWS::KMS::Alias", AliasName=alias)["TargetKeyId"] == arn
    assert events.properties("AWS::SSM::Parameter", Name=f"/tallygate/{name}/data-key")["Value"] == arn


@pytest.mark.parametrize("name", CUSTOMERS)
def test_two_services_may_use_it_by_themselves_each_for_ours_alone(synthesis: Synthesis, name: str) -> None:
    _, key = synthesis.stack(name, "events").one("AWS::KMS::Key")
    account, _, *services = key["Properties"]["KeyPolicy"]["Statement"]
    assert text(account["Principal"]["AWS"]) == "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
    found = [
        (
            text(one["Principal"]["Service"]),
            {action.removeprefix("kms:") for action in listed(one["Action"])},
            {
                key: [text(value) for value in listed(values)]
                for by in one["Condition"].values()
                for key, values in by.items()
            },
        )
        for one in services
    ]
    here, ours = "${AWS::Region}:${AWS::AccountId}", {"aws:SourceAccount": ["${AWS::AccountId}"]}
    assert found == [
        (
            "logs.${AWS::Region}.amazonaws.com",
            {"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "DescribeKey"},
            {
                "kms:EncryptionContext:aws:logs:arn": [
                    f"arn:${{AWS::Partition}}:logs:{here}:log-group:/aws/lambda/tallygate-{name}-*",
                    f"arn:${{AWS::Partition}}:logs:{here}:log-group:/aws/vendedlogs/states/tallygate-{name}-*",
                ]
            },
        ),
        ("events.amazonaws.com", {"DescribeKey"}, ours),
        (
            "events.amazonaws.com",
            {"Decrypt", "GenerateDataKey"},
            {**ours, "aws:SourceArn": [f"arn:${{AWS::Partition}}:events:{here}:event-bus/tallygate-{name}-outbox"]},
        ),
    ]


@pytest.mark.parametrize("name", CUSTOMERS)
def test_the_logs_that_there_are_are_among_those_for_which_the_key_may_be_used(synthesis: Synthesis, name: str) -> None:
    groups = [
        text(group["Properties"]["LogGroupName"])
        for stack in own_stacks(synthesis, name).values()
        for group in stack.of_type("AWS::Logs::LogGroup").values()
    ]
    ours = (f"/aws/lambda/tallygate-{name}-", f"/aws/vendedlogs/states/tallygate-{name}-")
    assert groups
    assert [group for group in groups if not group.startswith(ours)] == []


def replacing() -> dict[str, set[str]]:
    """By type, the properties whose change replaces the resource, as the CDK's CLI knows of CloudFormation."""
    known = json.loads(gzip.decompress((ROOT / "node_modules/aws-cdk/db.json.gz").read_bytes()))
    resources = known["schema"]["resource"]["entities"]
    return {
        one["cloudFormationType"]: {
            name for name, about in one["properties"].items() if about.get("causesReplacement", "no") != "no"
        }
        for one in resources
    }


@pytest.mark.long
def test_a_deployment_gets_its_key_without_a_table_bucket_or_stream_being_replaced(
    synthesis: Synthesis, tmp_path: Path
) -> None:
    replaces, moved = replacing(), synthesize(tmp_path, program=("-c", WITH_A_KEY), context={"env": "dev"})
    assert "TableName" in replaces["AWS::DynamoDB::Table"]  # the list is what it is taken for
    changed = []
    for name, before in own_stacks(synthesis, "dev").items():
        after = moved.stacks[name].template["Resources"]
        for id, resource in before.template["Resources"].items():
            if id.startswith("AlarmsKey"):
                continue  # which the environment's takes the place of
            assert after[id]["Type"] == resource["Type"], f"{id} of {name} is gone, or another"
            old, new = resource["Properties"], after[id]["Properties"]
            properties = {one for one in old.keys() | new.keys() if old.get(one) != new.get(one)}
            assert properties & replaces.get(resource["Type"], set()) == set(), f"{id} of {name} would be replaced"
            changed += [resource["Type"]] if properties else []
    assert set(changed) >= KEY_OF.keys()

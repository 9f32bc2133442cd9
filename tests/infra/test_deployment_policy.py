"""The deployment policy: everything that the templates need, nothing besides, no way to become an administrator."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.bootstrap.document import LIMIT, document
from stacks.bootstrap.needs import NEEDS
from tests.infra.synthesis import Stack, Synthesis, synthesize, text

ACCOUNT, REGION = "123456789012", "ap-southeast-2"
# These take no resource, or one whose name is made when it is made.
NO_RESOURCE = {
    "kms:ListAliases",
    "logs:DeleteQueryDefinition",
    "logs:DescribeIndexPolicies",
    "logs:DescribeLogGroups",
    "logs:DescribeQueryDefinitions",
    "logs:DescribeResourcePolicies",
    "logs:PutQueryDefinition",
}
CUSTOM = "AWS::CloudFormation::CustomResource"
# What only a field brings that no environment of ours has set: snap_start, alarm_emails.
BY_A_FIELD = {"AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::SNS::Subscription"}
NAMED = {
    "AWS::DynamoDB::Table": ("TableName", "tallygate-"),
    "AWS::Kinesis::Stream": ("Name", "tallygate-"),
    "AWS::Lambda::Function": ("FunctionName", "tallygate-"),
    "AWS::Lambda::LayerVersion": ("LayerName", "tallygate-"),
    "AWS::S3::Bucket": ("BucketName", "tallygate-"),
    "AWS::SQS::Queue": ("QueueName", "tallygate-"),
    "AWS::SNS::Topic": ("TopicName", "tallygate-"),
    "AWS::SSM::Parameter": ("Name", "/tallygate/"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", "tallygate-"),
    "AWS::CloudWatch::Alarm": ("AlarmName", "tallygate-"),
    "AWS::Events::Rule": ("Name", "tallygate-"),
    "AWS::Events::EventBus": ("Name", "tallygate-"),
    "AWS::KMS::Alias": ("AliasName", "alias/tallygate-"),
    "AWS::CodeBuild::Project": ("Name", "tallygate-"),
    "AWS::CodePipeline::Pipeline": ("Name", "tallygate-"),
}
LOGS = ("/aws/lambda/tallygate-", "/aws/vendedlogs/states/tallygate-", "/tallygate/")
# CloudFormation names these after the stack, which is called tallygate-….
AFTER_THE_STACK = {"AWS::Events::Rule"}


def policies() -> dict[str, dict[str, Any]]:
    """The policies of an account, by group."""
    return {
        group: document(
            [need for kind in needs.values() for need in kind], partition="aws", region=REGION, account=ACCOUNT
        )
        for group, needs in NEEDS.items()
    }


def statements() -> list[dict[str, Any]]:
    return [statement for policy in policies().values() for statement in policy["Statement"]]


@pytest.fixture(scope="module")
def stacks(synthesis: Synthesis, varied: Synthesis) -> list[Stack]:
    """Every stack of every environment, with what not every project has, and the pipeline's."""
    return [*synthesis.stacks.values(), *varied.stacks.values(), *synthesis.beside()]


def test_every_type_in_the_templates_has_its_entry_and_there_is_none_besides(stacks: list[Stack]) -> None:
    types = {resource["Type"] for stack in stacks for resource in stack.template["Resources"].values()}
    deployed = {CUSTOM if kind.startswith("Custom::") else kind for kind in types}
    known = {kind for needs in NEEDS.values() for kind in needs}
    assert deployed - known == set(), "add them to stacks/bootstrap/needs.py, and run make bootstrap again"
    assert known - deployed - BY_A_FIELD == set(), "nothing of these types is deployed: take them out again"


def test_what_is_deployed_has_a_name_that_the_policy_knows(stacks: list[Stack]) -> None:
    """Resources are granted by the beginning of their names: one without a name of ours could not be deployed."""
    assert all(stack.name.startswith("tallygate-") for stack in stacks)
    for stack in stacks:
        for kind, (name, prefix) in NAMED.items():
            for id, resource in stack.of_type(kind).items():
                given = resource["Properties"].get(name)
                if given is None and kind in AFTER_THE_STACK:
                    continue
                assert given is not None, f"{kind} {id} in {stack.name} has no name"
                assert text(given).startswith(prefix), f"{kind} {id} in {stack.name} is called {given}"
        for group in stack.of_type("AWS::Logs::LogGroup").values():
            assert text(group["Properties"]["LogGroupName"]).startswith(LOGS)


def test_every_action_is_written_out_and_every_resource_is_ours() -> None:
    for statement in statements():
        assert [action for action in statement["Action"] if "*" in action] == []
        if statement["Resource"] == ["*"]:
            assert "Condition" in statement or set(statement["Action"]) <= NO_RESOURCE, statement
            continue
        for resource in statement["Resource"]:
            service, region, account, rest = resource.split(":", 5)[2:]
            assert service == statement["Action"][0].partition(":")[0]
            nowhere = service in ("iam", "s3") or rest.startswith("dashboard/")
            assert region == ("" if nowhere else REGION), resource
            assert account == ("" if service == "s3" else ACCOUNT), resource
            ours = "tallygate" in rest or rest.startswith(f"cdk-*-assets-{ACCOUNT}-{REGION}/")
            read_only = rest == "parameter/cdk-bootstrap/*" and statement["Action"] == ["ssm:GetParameters"]
            tagged = "Condition" in statement or rest == "event-source-mapping:*"
            assert ours or read_only or tagged, resource


def test_nobody_becomes_an_administrator_by_it() -> None:
    """No managed policy can be attached, no user or key made, no role passed but to the services that we use."""
    allowed = {action for statement in statements() for action in statement["Action"]}
    iam = {action for action in allowed if action.startswith("iam:")}
    forbidden = ("iam:Attach", "User", "AccessKey", "CreatePolicy", "LoginProfile", "PermissionsBoundary", "SAML")
    assert [action for action in iam if any(word in action for word in forbidden)] == []
    passes = [one for one in statements() if "iam:PassRole" in one["Action"]]
    assert all(one["Action"] == ["iam:PassRole"] and "iam:PassedToService" in json.dumps(one) for one in passes)
    assert not {action for action in allowed if action.startswith(("organizations:", "sts:", "account:"))}


def test_the_pipeline_restarts_itself_and_may_have_a_connection(synthesis: Synthesis) -> None:
    """CloudFormation does both with its own role, and only a real account would say that it may not."""
    assert synthesis.pipeline.properties("AWS::CodePipeline::Pipeline")["RestartExecutionOnUpdate"] is True
    allowed = {action: one for one in statements() for action in one["Action"]}
    assert "codepipeline:StartPipelineExecution" in allowed
    for service in ("codeconnections", "codestar-connections"):
        passed = {f"{service}:PassedToService": "codepipeline.amazonaws.com"}
        assert allowed[f"{service}:PassConnection"]["Condition"] == {"StringEquals": passed}


@pytest.mark.parametrize("group", NEEDS)
def test_each_fits_into_a_managed_policy(group: str) -> None:
    assert len(json.dumps(policies()[group], separators=(",", ":"))) < LIMIT


def test_the_stack_of_the_policies_has_no_finding(tmp_path: Path) -> None:
    made = synthesize(tmp_path, program=("-m", "stacks.bootstrap.policies"))
    assert (made.status, made.output) == (0, "")
    assert made.violations() == []
    (stack,) = made.beside()
    assert stack.termination_protection
    assert len(stack.of_type("AWS::IAM::ManagedPolicy")) == len(NEEDS)

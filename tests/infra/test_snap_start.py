"""Functions that start from a snapshot: a published version, an alias, callers that call it; and reserved workers."""

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import App, CfnParameter, Stack, assertions
from aws_cdk import aws_lambda as lambda_

from stacks.batch import BatchStack
from stacks.constructs.bundling import BadLayer
from stacks.constructs.function import Function
from stacks.constructs.latest_layer_version import LatestLayerVersion
from stacks.environments import ENVIRONMENTS
from tests.infra import synthesis as synthesizing
from tests.infra.synthesis import Synthesis, synthesize, text

SNAPPED = """
from dataclasses import replace
from stacks.environments import ENVIRONMENTS
ENVIRONMENTS["dev"] = replace(ENVIRONMENTS["dev"], snap_start=True, worker_concurrency=40)
import app
app.main()
"""
# A snapshot is taken of disks of 512 MB at most, and not of what a deployment calls once in a while.
NOT_SNAPPED = {"plan", "latest_layer", "use_latest"}
CONTENTS = {name: name[0].encode().hex() * 32 for name in ("vendor", "tallygate", "domain")}


@pytest.fixture(scope="module")
def snapped(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    context = {"env": "dev", "domain": "tests/infra/declaring"}
    return synthesize(tmp_path_factory.mktemp("snapped") / "cdk.out", program=("-c", SNAPPED), context=context)


@pytest.fixture(params=["batch", "fan-out", "layers"])
def stack(request: pytest.FixtureRequest, snapped: Synthesis) -> synthesizing.Stack:
    return snapped.stack("dev", request.param)


def name_of(function: Any) -> str:
    return str(function["Properties"]["FunctionName"]).removeprefix("tallygate-dev-")


def test_all_but_these_start_from_a_snapshot(stack: synthesizing.Stack) -> None:
    found = stack.of_type("AWS::Lambda::Function")
    without = {name_of(function) for function in found.values() if "SnapStart" not in function["Properties"]}
    assert without == {name_of(function) for function in found.values()} & NOT_SNAPPED
    for function in found.values():
        assert function["Properties"].get("SnapStart", {"ApplyOn": "PublishedVersions"}) == {
            "ApplyOn": "PublishedVersions"
        }
        assert "SnapStart" not in function["Properties"] or "EphemeralStorage" not in function["Properties"]


def test_each_has_one_version_and_an_alias_that_points_to_it(stack: synthesizing.Stack) -> None:
    aliases = list(stack.of_type("AWS::Lambda::Alias").values())
    versions = stack.of_type("AWS::Lambda::Version")
    found = {id for id, one in stack.of_type("AWS::Lambda::Function").items() if "SnapStart" in one["Properties"]}
    assert {alias["Properties"]["FunctionName"]["Ref"] for alias in aliases} == found
    assert len(aliases) == len(versions) == len(found)
    for alias in aliases:
        version, _ = alias["Properties"]["FunctionVersion"]["Fn::GetAtt"]
        assert alias["Properties"]["Name"] == "live"
        assert versions[version]["Properties"]["FunctionName"] == alias["Properties"]["FunctionName"]
        # An old one is deleted when the deployment has succeeded: each would be paid for as long as it has a snapshot.
        assert versions[version].get("DeletionPolicy", "Delete") == "Delete"


def test_everything_that_calls_calls_the_alias(stack: synthesizing.Stack) -> None:
    """A caller of the function itself would start it cold each time, and nobody would see it."""
    called = {id for id, one in stack.of_type("AWS::Lambda::Function").items() if "SnapStart" in one["Properties"]}
    callers = ("AWS::Lambda::EventSourceMapping", "AWS::Events::Rule", "AWS::StepFunctions::StateMachine")
    for kind in (*callers, "AWS::Lambda::Permission"):
        for id, resource in stack.of_type(kind).items():
            direct = {function for function in called if f"'{function}'" in str(resource["Properties"])}
            assert direct == set(), f"{id} calls {direct} itself"


def test_what_is_set_for_asynchronous_calls_is_set_for_the_alias(stack: synthesizing.Stack) -> None:
    for asked in stack.of_type("AWS::Lambda::EventInvokeConfig").values():
        assert asked["Properties"]["Qualifier"] != "$LATEST"


def test_the_machine_and_the_gatekeeper_may_call_the_live_worker_alone(snapped: Synthesis) -> None:
    batch = snapped.stack("dev", "batch")
    gatekeeper = batch.properties("AWS::Lambda::Function", FunctionName="tallygate-dev-gatekeeper")
    assert gatekeeper["Environment"]["Variables"]["WORKER_FUNCTION"] == "tallygate-dev-work:live"
    role = gatekeeper["Role"]["Fn::GetAtt"][0]
    policies = [one["Properties"] for one in batch.of_type("AWS::IAM::Policy").values()]
    statements = [
        statement
        for policy in policies
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "lambda:InvokeFunction"
    ]
    (statement,) = statements
    assert text(statement["Resource"]).endswith(":function:tallygate-dev-work:live")


def test_alarms_watch_what_the_alias_does(snapped: Synthesis) -> None:
    """Lambda tells the metrics of an alias under both names; the alias's own are the narrower ones."""
    watched = [
        {one["Name"]: text(one["Value"]) for one in alarm["Properties"].get("Dimensions", ())}
        for alarm in snapped.stack("dev", "fan-out").of_type("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"].get("Namespace") == "AWS/Lambda"
    ]
    assert watched
    assert all(dimensions["Resource"] == f"{dimensions['FunctionName']}:live" for dimensions in watched)


def test_nag_and_the_cdk_find_nothing(snapped: Synthesis) -> None:
    assert snapped.status == 0, snapped.output
    assert snapped.violations() == []


def test_the_worker_of_a_map_has_its_concurrency_and_no_other_has(snapped: Synthesis, synthesis: Synthesis) -> None:
    reserved = {
        name_of(function): function["Properties"].get("ReservedConcurrentExecutions")
        for function in snapped.stack("dev", "batch").of_type("AWS::Lambda::Function").values()
    }
    assert {name: most for name, most in reserved.items() if most is not None} == {"work": 40}
    without = synthesis.stack("dev", "batch").properties("AWS::Lambda::Function", FunctionName="tallygate-dev-work")
    assert "ReservedConcurrentExecutions" not in without


def test_without_the_setting_there_is_neither_version_nor_alias(synthesis: Synthesis) -> None:
    for stack in synthesis.stacks.values():
        assert stack.of_type("AWS::Lambda::Version") == {}
        assert stack.of_type("AWS::Lambda::Alias") == {}


def versions(**changed: str) -> set[str]:
    """The versions of a batch stack with these contents of layers."""
    environment = replace(ENVIRONMENTS["dev"], snap_start=True)
    made = BatchStack(App(), environment=environment, contents={**CONTENTS, **changed})
    template = assertions.Template.from_stack(made)
    return set(template.find_resources("AWS::Lambda::Version"))


def test_a_layer_of_other_content_makes_a_new_version_of_those_that_have_it_and_of_no_other() -> None:
    """The ARN is resolved by the deployment: the CDK can't see that it will be another one."""
    before, after = versions(), versions(domain="f" * 64)
    assert {one.split("CurrentVersion")[0] for one in before - after} == {"WorkFunction", "WorkqueuedFunction"}
    assert len(before) == len(after)
    assert versions() == before


def snapped_with(stack: Stack, layer: lambda_.ILayerVersion) -> None:
    """A function that starts from a snapshot, with that layer."""
    Function(
        stack,
        name="relay",
        layers=[layer],
        settings={},
        permissions=[],
        timeout_seconds=3,
        memory_mb=128,
        environment=replace(ENVIRONMENTS["dev"], snap_start=True),
    )


def test_a_layer_of_unknown_content_is_refused() -> None:
    stack = Stack(App(), "S")
    arn = "arn:aws:lambda:us-east-1:123456789012:layer:theirs:7"
    with pytest.raises(BadLayer, match="S/Relay/Live: the layer S/Theirs has no content that is known: take it by"):
        snapped_with(stack, lambda_.LayerVersion.from_layer_version_arn(stack, "Theirs", arn))


@pytest.mark.parametrize("refresh", ["", "2026-11"])
def test_a_layer_that_a_parameter_names_is_refused(refresh: str) -> None:
    """Its value comes with the deployment, when it is too late to publish another version."""
    stack = Stack(App(), "S")
    name = CfnParameter(stack, "Name").value_as_string
    theirs = LatestLayerVersion(stack, "Theirs", layer=name, refresh=refresh, resolver="theirs")
    with pytest.raises(BadLayer, match="S/Relay/Live: the layer S/Theirs/Layer is named by a parameter of the stack"):
        snapped_with(stack, theirs.layer)


def test_another_layer_makes_a_new_version_though_refresh_stays() -> None:
    def version(layer: str) -> set[str]:
        stack = Stack(App(), "S")
        snapped_with(stack, LatestLayerVersion(stack, "Theirs", layer=layer, refresh="1", resolver="theirs").layer)
        return set(assertions.Template.from_stack(stack).find_resources("AWS::Lambda::Version"))

    assert version("pandas") == version("pandas") != version("polars")

"""Layers: retained, found by the hash of their content, and none of them exported."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import App, CfnParameter, assertions
from aws_cdk import Stack as CdkStack
from aws_cdk import aws_lambda as lambda_

from stacks.constructs.bundling import BadLayer
from stacks.constructs.latest_layer_version import LatestLayerVersion
from stacks.constructs.layer_resolver import LayerResolver
from stacks.environment import Environment
from stacks.environments import ENVIRONMENTS
from tallygate import settings
from tests.infra.synthesis import Stack, Synthesis, text

NAMES = ("vendor", "tallygate", "domain")
RESOLVER = "arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:tallygate-{env}-latest_layer"


def test_each_layer_is_published_for_the_functions_it_serves(layers: Stack, environment: Environment) -> None:
    assert len(layers.of_type("AWS::Lambda::LayerVersion")) == len(NAMES)
    for name in NAMES:
        layer = layers.properties("AWS::Lambda::LayerVersion", LayerName=f"tallygate-{environment.name}-{name}")
        assert layer["CompatibleRuntimes"] == [f"python{environment.python}"]
        assert layer["CompatibleArchitectures"] == [environment.architecture]


def test_an_old_version_survives_because_a_rollback_needs_it(layers: Stack) -> None:
    for layer in layers.of_type("AWS::Lambda::LayerVersion").values():
        assert layer["DeletionPolicy"] == layer["UpdateReplacePolicy"] == "Retain"


def contents(layers: Stack, environment: Environment) -> dict[str, str]:
    """What the description of each layer carries, by the layer's name."""
    found = [resource["Properties"] for resource in layers.of_type("AWS::Lambda::LayerVersion").values()]
    assert all(layer["Description"].startswith("content ") for layer in found)
    return {layer["LayerName"]: layer["Description"].removeprefix("content ") for layer in found}


def test_other_stacks_ask_for_the_content_that_is_published(
    layers: Stack, batch: Stack, fan_out: Stack, varied: Synthesis, environment: Environment
) -> None:
    published = contents(layers, environment)
    declaring = contents(varied.stack(environment.name, "layers"), environment)
    for stack, asked in ((batch, published), (fan_out, declaring)):
        resolved = [one["Properties"] for one in stack.of_type("Custom::LatestLayerVersion").values()]
        assert {one["Layer"]: one["Content"] for one in resolved} == asked
        for one in resolved:
            assert text(one["ServiceToken"]) == RESOLVER.format(env=environment.name)
            kept = str(environment.layer_versions_kept)
            assert {name: value for name, value in one.items() if name not in ("Layer", "Content", "ServiceToken")} == {
                "Runtime": f"python{environment.python}",
                "Architecture": environment.architecture,
                "Keep": kept,
                "ServiceTimeout": "300",
            }


def test_contents_differ_by_layer_and_by_what_they_are_for(synthesis: Synthesis) -> None:
    by_environment = {name: contents(synthesis.stack(name, "layers"), one) for name, one in ENVIRONMENTS.items()}
    assert all(len(set(found.values())) == len(NAMES) for found in by_environment.values())
    assert set(by_environment["dev"].values()) == set(by_environment["prod"].values())  # the same assets
    assert not set(by_environment["dev"].values()) & set(by_environment["local"].values())


def test_the_resolved_versions_are_outputs(batch: Stack, environment: Environment) -> None:
    resolved = {id: {"Fn::GetAtt": [id, "LayerVersionArn"]} for id in batch.of_type("Custom::LatestLayerVersion")}
    outputs = [output["Value"] for output in batch.template["Outputs"].values()]
    assert sorted(map(text, outputs)) == sorted(map(text, resolved.values()))


def test_the_resolver_has_the_layers_of_its_own_stack(layers: Stack, environment: Environment) -> None:
    name = f"tallygate-{environment.name}-latest_layer"
    function = layers.properties("AWS::Lambda::Function", FunctionName=name)
    own = [layers.template["Resources"][layer["Ref"]]["Properties"]["LayerName"] for layer in function["Layers"]]
    assert own == [f"tallygate-{environment.name}-{layer}" for layer in ("tallygate", "vendor")]
    assert (function["Timeout"], function["MemorySize"]) == (60, 256)
    variables = function["Environment"]["Variables"]
    read = settings.from_environment(settings.LatestLayerSettings, variables)
    assert read == settings.LatestLayerSettings(layer_prefix=f"tallygate-{environment.name}-", quiet_seconds=3600)


def test_batch_and_fan_out_wait_for_layers_and_state(batch: Stack, fan_out: Stack, environment: Environment) -> None:
    assert set(batch.dependencies) == set(fan_out.dependencies)
    assert set(batch.dependencies) == {f"tallygate-{environment.name}-{name}" for name in ("layers", "events")}


def test_no_stack_exports_or_imports(synthesis: Synthesis, varied: Synthesis) -> None:
    for stack in (*synthesis.stacks.values(), *varied.stacks.values()):
        assert all("Export" not in output for output in stack.template.get("Outputs", {}).values())
        assert "Fn::ImportValue" not in json.dumps(stack.template)
        assert "Fn::GetStackOutput" not in json.dumps(stack.template)


def test_nothing_is_looked_up_in_an_account(synthesis: Synthesis) -> None:
    assert synthesis.status == 0
    for manifest in synthesis.folder.rglob("manifest.json"):
        assert "missing" not in json.loads(manifest.read_text())


def resolved(template: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of the one custom resource, but those for CloudFormation."""
    (found,) = [one for one in template["Resources"].values() if one["Type"] == "Custom::LatestLayerVersion"]
    theirs = ("ServiceToken", "ServiceTimeout")
    return {name: value for name, value in found["Properties"].items() if name not in theirs}


def test_a_layer_of_others_may_be_a_parameter_of_the_stack() -> None:
    stack = CdkStack(App(), "App")
    parameter = CfnParameter(stack, "Pandas")
    role = "arn:aws:iam::111122223333:role/reader"
    LatestLayerVersion(
        stack,
        "Layer",
        layer=parameter.value_as_string,
        runtime=lambda_.Runtime.PYTHON_3_13,
        refresh="2026-11",
        role_arn=role,
        resolver="tallygate-dev-latest_layer",
    )
    template = assertions.Template.from_stack(stack).to_json()
    asked = {"Layer": {"Ref": "Pandas"}, "Runtime": "python3.13", "Refresh": "2026-11", "RoleArn": role}
    assert resolved(template) == asked


@pytest.mark.parametrize(
    "resolver", ["arn:aws:lambda:us-east-1:000000000000:function:resolver", "a function", "a parameter"]
)
def test_the_resolver_is_named_in_any_way(resolver: str) -> None:
    stack = CdkStack(App(), "App")
    given: lambda_.IFunction | str = resolver
    if resolver == "a parameter":
        given = CfnParameter(stack, "Resolver").value_as_string
    if resolver == "a function":
        given = lambda_.Function.from_function_arn(stack, "F", "arn:aws:lambda:us-east-1:000000000000:function:f")
    LatestLayerVersion(stack, "Layer", layer="pandas", resolver=given)
    template = assertions.Template.from_stack(stack).to_json()
    (token,) = [one["Properties"]["ServiceToken"] for one in template["Resources"].values()]
    expected = {"a parameter": "${Resolver}", "a function": "arn:aws:lambda:us-east-1:000000000000:function:f"}
    assert text(token) == expected.get(resolver, resolver)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"layer": ""}, "a LatestLayerVersion has no layer: give its name or its ARN"),
        ({"content": "a" * 64, "refresh": "1"}, "the layer pandas has content and refresh: the content says which"),
        ({"keep": 1}, "the layer pandas has keep=1, expected 2 to 100, or 0 for all"),
        ({"keep": 5, "role_arn": "arn:aws:iam::111122223333:role/r"}, "versions of another account's layer are not"),
    ],
)
def test_what_contradicts_itself_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(BadLayer, match=message):
        LatestLayerVersion(CdkStack(App(), "App"), "Layer", **{"layer": "pandas", "resolver": "r", **given})


def test_a_resolver_may_assume_the_roles_that_it_is_given() -> None:
    stack = CdkStack(App(), "App")
    role = "arn:aws:iam::111122223333:role/reader"
    environment = replace(ENVIRONMENTS["dev"], tracing=False)
    LayerResolver(stack, "Resolver", layers=[], environment=environment, name="other", roles=[role], quiet_seconds=60)
    template = assertions.Template.from_stack(stack).to_json()
    (policy,) = [one for one in template["Resources"].values() if one["Type"] == "AWS::IAM::Policy"]
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    assert {"Action": "sts:AssumeRole", "Effect": "Allow", "Resource": role} in statements
    (function,) = [one for one in template["Resources"].values() if one["Type"] == "AWS::Lambda::Function"]
    assert function["Properties"]["FunctionName"] == "tallygate-dev-other"
    assert function["Properties"]["Environment"]["Variables"]["QUIET_SECONDS"] == "60"

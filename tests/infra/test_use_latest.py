"""The macro's stack: of no environment, and it may list layers and nothing more."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stacks.environments import ENVIRONMENTS
from stacks.use_latest import ACCOUNT, surroundings
from tests.infra.synthesis import PIPELINE_FILE, ROOT, Stack, Synthesis, synthesize
from tests.infra.test_permissions import granted

FUNCTION = "tallygate-macro-use_latest"


@pytest.fixture
def stack(synthesis: Synthesis) -> Stack:
    return synthesis.stacks["tallygate-use-latest"]


def test_the_macro_calls_the_function(stack: Stack) -> None:
    id, _ = stack.one("AWS::Lambda::Function", FunctionName=FUNCTION)
    assert stack.properties("AWS::CloudFormation::Macro") == {
        "Name": "UseLatest",
        "FunctionName": {"Fn::GetAtt": [id, "Arn"]},
        "Description": "Layers without a version become the ARN of the newest one.",
    }


def test_cloudformation_may_call_it_for_this_account_only(stack: Stack) -> None:
    id, _ = stack.one("AWS::Lambda::Function", FunctionName=FUNCTION)
    assert stack.properties("AWS::Lambda::Permission") == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Fn::GetAtt": [id, "Arn"]},
        "Principal": "cloudformation.amazonaws.com",
        "SourceAccount": {"Ref": "AWS::AccountId"},
    }


def test_it_may_list_layers_and_no_more(stack: Stack) -> None:
    _, function = stack.one("AWS::Lambda::Function", FunctionName=FUNCTION)
    log, _ = stack.one("AWS::Logs::LogGroup", LogGroupName=f"/aws/lambda/{FUNCTION}")
    assert granted(stack, function["Properties"]["Role"]["Fn::GetAtt"][0]) == {
        "*": {"lambda:ListLayers", "lambda:ListLayerVersions", "xray:PutTelemetryRecords", "xray:PutTraceSegments"},
        f"${{{log}.Arn}}": {"logs:CreateLogStream", "logs:PutLogEvents"},
    }
    assert len(stack.of_type("AWS::IAM::Role")) == len(stack.of_type("AWS::IAM::Policy")) == 1


def test_it_waits_for_nobody_and_takes_its_own_layers_directly(stack: Stack) -> None:
    assert stack.dependencies == []
    layers = stack.of_type("AWS::Lambda::LayerVersion")
    function = stack.properties("AWS::Lambda::Function", FunctionName=FUNCTION)
    assert {layer["Ref"] for layer in function["Layers"]} == set(layers)
    names = {layer["Properties"]["LayerName"] for layer in layers.values()}
    assert names == {"tallygate-macro-vendor", "tallygate-macro-tallygate"}


def test_it_runs_as_its_own_environment_says(stack: Stack) -> None:
    function = stack.properties("AWS::Lambda::Function", FunctionName=FUNCTION)
    assert (function["Runtime"], function["Architectures"]) == (f"python{ACCOUNT.python}", [ACCOUNT.architecture])
    assert (function["Timeout"], function["Handler"]) == (60, "handler.handler")
    assert stack.properties("AWS::Logs::LogGroup")["RetentionInDays"] == ACCOUNT.log_retention_days


@pytest.mark.parametrize(
    ("chosen", "native"), [(["local"], True), (["dev"], False), ([], False), (list(ENVIRONMENTS), False)]
)
def test_it_is_for_the_emulator_only_where_that_is_all(chosen: Any, native: bool) -> None:  # noqa: FBT001
    environment = surroundings([ENVIRONMENTS[name] for name in chosen])
    assert (environment.name, environment.native) == ("macro", native)


def test_a_restored_table_is_not_the_macros() -> None:
    restored = replace(ENVIRONMENTS["local"], epoch=2, restored_table="tallygate-local-events-2")
    assert surroundings([restored]).restored_table == ACCOUNT.restored_table


def test_no_environment_has_its_name() -> None:
    assert ACCOUNT.name not in ENVIRONMENTS


def test_it_is_synthesized_alone_whatever_accounts_the_pipeline_needs(synthesis: Synthesis, tmp_path: Path) -> None:
    file = tmp_path / "pipeline.toml"
    file.write_text((ROOT / PIPELINE_FILE).read_text() + 'account = "$NOBODY_SETS_IT"\n')
    alone = synthesize(tmp_path / "cdk.out", context={"env": "macro", "pipeline": str(file)})
    assert (alone.output, list(alone.stacks)) == ("", ["tallygate-use-latest"])
    assert alone.stacks["tallygate-use-latest"].template == synthesis.stacks["tallygate-use-latest"].template

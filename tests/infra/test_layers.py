"""Layers: retained, found by name, and none of them exported."""

import json

from stacks.environment import Environment
from tests.infra.synthesis import Stack, Synthesis

NAMES = ("vendor", "tallygate", "domain")


def test_each_layer_is_published_for_the_functions_it_serves(layers: Stack, environment: Environment) -> None:
    assert len(layers.of_type("AWS::Lambda::LayerVersion")) == len(NAMES)
    for name in NAMES:
        layer = layers.properties("AWS::Lambda::LayerVersion", LayerName=f"tallygate-{environment.name}-{name}")
        assert layer["CompatibleRuntimes"] == [f"python{environment.python}"]
        assert layer["CompatibleArchitectures"] == [environment.architecture]


def test_an_old_version_survives_because_a_rollback_needs_it(layers: Stack) -> None:
    for layer in layers.of_type("AWS::Lambda::LayerVersion").values():
        assert layer["DeletionPolicy"] == layer["UpdateReplacePolicy"] == "Retain"


def test_a_parameter_holds_the_newest_version_of_each(layers: Stack, environment: Environment) -> None:
    assert len(layers.of_type("AWS::SSM::Parameter")) == len(NAMES)
    for name in NAMES:
        version, _ = layers.one("AWS::Lambda::LayerVersion", LayerName=f"tallygate-{environment.name}-{name}")
        parameter = layers.properties("AWS::SSM::Parameter", Name=f"/tallygate/{environment.name}/layers/{name}")
        assert (parameter["Type"], parameter["Value"]) == ("String", {"Ref": version})


def test_functions_look_it_up_at_each_deployment(batch: Stack, environment: Environment) -> None:
    looked_up = {
        parameter["Default"]
        for parameter in batch.template["Parameters"].values()
        if parameter["Type"] == "AWS::SSM::Parameter::Value<String>" and "cdk-bootstrap" not in parameter["Default"]
    }
    looked_up -= {f"/tallygate/{environment.name}/data-key"}
    assert looked_up == {f"/tallygate/{environment.name}/layers/{name}" for name in NAMES}


def test_batch_and_fan_out_wait_for_layers_and_state(batch: Stack, fan_out: Stack, environment: Environment) -> None:
    assert set(batch.dependencies) == set(fan_out.dependencies)
    assert set(batch.dependencies) == {f"tallygate-{environment.name}-{name}" for name in ("layers", "events")}


def test_no_stack_exports_or_imports(synthesis: Synthesis, varied: Synthesis) -> None:
    for stack in (*synthesis.stacks.values(), *varied.stacks.values()):
        assert stack.template.get("Outputs", {}) == {}
        assert "Fn::ImportValue" not in json.dumps(stack.template)
        assert "Fn::GetStackOutput" not in json.dumps(stack.template)


def test_nothing_is_looked_up_in_an_account(synthesis: Synthesis) -> None:
    assert synthesis.status == 0
    for manifest in synthesis.folder.rglob("manifest.json"):
        assert "missing" not in json.loads(manifest.read_text())

"""The example of gatekeeper loops: valid machines, exact permissions, clear refusals."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from examples.gatekeeper.app import BadContext, build
from stacks.environment import BadEnvironment
from tests.infra.asl import problems
from tests.infra.synthesis import QUIET, ROOT, text

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def resources() -> list[dict[str, Any]]:
    stack = build(App(context={"aws:cdk:bundling-stacks": [], "env": "prod"}))
    return list(Template.from_stack(stack).to_json()["Resources"].values())


def of_type(resources: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in resources if one["Type"] == kind]


def test_its_machines_are_valid_and_one_of_them_forces(resources: list[dict[str, Any]]) -> None:
    machines = [
        json.loads(text(one["DefinitionString"])) for one in of_type(resources, "AWS::StepFunctions::StateMachine")
    ]
    assert [problems(machine) for machine in machines] == [[], []]
    states = sorted(sorted(machine["States"]) for machine in machines)
    assert states == [["Done", "ForceGatekeeper", "Gatekeeper"], ["Done", "Gatekeeper"]]


def test_a_check_may_look_and_nothing_else(resources: list[dict[str, Any]]) -> None:
    statements = [
        statement
        for policy in of_type(resources, "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    assert {json.dumps(one["Action"]) for one in statements} == {
        '"sqs:GetQueueAttributes"',
        '"s3:ListBucket"',
        '"lambda:InvokeFunction"',
    }
    assert all(one["Resource"] != "*" for one in statements)


def test_a_check_has_time_for_its_looks(resources: list[dict[str, Any]]) -> None:
    timeouts = {
        "QUEUE_URL" in one["Environment"]["Variables"]: one["Timeout"]
        for one in of_type(resources, "AWS::Lambda::Function")
    }
    assert timeouts[True] > 3 * 20


@pytest.mark.parametrize(
    ("context", "problem"),
    [
        ({"looks": "few"}, "looks is 'few', expected a whole number from 1: -c looks=4"),
        ({"looks": "0"}, "looks is '0'"),
        ({"pause_seconds": "1.5"}, r"pause_seconds is '1\.5'"),
        ({"looks": "100", "pause_seconds": "60"}, "100 looks, 60 s apart, take more than 840 s"),
        ({"env": "nowhere"}, "no environment 'nowhere': there are local, dev"),
    ],
)
def test_bad_context_is_refused(context: dict[str, str], problem: str) -> None:
    with pytest.raises((BadContext, BadEnvironment), match=problem):
        build(App(context=context))


def test_a_refusal_is_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examples.gatekeeper.app"],
        cwd=ROOT,
        env={**os.environ, **QUIET, "CDK_CONTEXT_JSON": '{"looks": "few"}'},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "looks is 'few', expected a whole number from 1: -c looks=4\n"

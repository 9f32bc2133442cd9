"""A deployment over any release on record replaces nothing that holds data."""

import copy
import json
from collections.abc import Callable
from graphlib import TopologicalSorter
from typing import Any

import pytest

from tests.infra.release_code import NAME
from tests.infra.release_templates import ENVIRONMENT, RELEASES, version
from tests.infra.synthesis import Synthesis, masked
from tests.infra.upgrades import problems

PREFIX = f"tallygate-{ENVIRONMENT}-"
EARLIER = sorted(release.name for release in RELEASES.iterdir() if release.name != f"v{version()}")
Template = dict[str, Any]


def recorded(release: str) -> dict[str, Template]:
    return {path.stem: json.loads(path.read_text()) for path in sorted((RELEASES / release).glob("*.json"))}


@pytest.fixture
def order(synthesis: Synthesis) -> list[str]:
    ours = {name: stack for name, stack in synthesis.stacks.items() if name.startswith(PREFIX)}
    sorter = TopologicalSorter({name: stack.dependencies for name, stack in ours.items()})
    return [name.removeprefix(PREFIX) for name in sorter.static_order()]


@pytest.fixture
def present(synthesis: Synthesis, order: list[str]) -> dict[str, Template]:
    return {name: json.loads(masked(synthesis.stack(ENVIRONMENT, name).template)) for name in order}


@pytest.mark.parametrize("release", EARLIER)
def test_nothing_that_holds_data_is_replaced_or_lost(
    release: str, present: dict[str, Template], order: list[str]
) -> None:
    assert problems(recorded(release), present, order) == []


@pytest.mark.parametrize("release", EARLIER)
def test_the_code_of_a_release_is_on_record(release: str) -> None:
    assert (RELEASES / release / NAME).stat().st_size < 500_000


def _first(template: Template, kind: str) -> str:
    return next(str(id) for id, resource in template["Resources"].items() if resource["Type"] == kind)


def _renamed(templates: dict[str, Template]) -> None:
    resources = templates["events"]["Resources"]
    id = _first(templates["events"], "AWS::DynamoDB::Table")
    resources["AnotherId"] = resources.pop(id)


def _another_key(templates: dict[str, Template]) -> None:
    id = _first(templates["events"], "AWS::DynamoDB::Table")
    templates["events"]["Resources"][id]["Properties"]["KeySchema"].pop()


def _stream_changed(templates: dict[str, Template]) -> None:
    for resource in templates["events"]["Resources"].values():
        resource.get("Properties", {}).pop("StreamSpecification", None)


def _express(templates: dict[str, Template]) -> None:
    id = _first(templates["batch"], "AWS::StepFunctions::StateMachine")
    templates["batch"]["Resources"][id]["Properties"]["StateMachineType"] = "EXPRESS"


def _function_moved(templates: dict[str, Template]) -> None:
    resources = templates["batch"]["Resources"]
    id = _first(templates["batch"], "AWS::Lambda::Function")
    resources["Elsewhere"] = resources.pop(id)


def _bucket_moved(templates: dict[str, Template]) -> None:
    id = _first(templates["events"], "AWS::S3::Bucket")
    templates["batch"]["Resources"][id] = templates["events"]["Resources"].pop(id)


BREAKS: dict[str, tuple[Callable[[dict[str, Template]], None], list[str]]] = {
    "a table with another logical id": (
        _renamed,
        [
            "AWS::DynamoDB::Table tallygate-dev-batches (stack events, logical id BatchTable",
            "AnotherId) can't be made: AWS::DynamoDB::Table tallygate-dev-batches",
        ],
    ),
    "a table with another key": (_another_key, ["would be replaced: KeySchema was"]),
    "a table without its stream": (_stream_changed, ["would be replaced: StreamSpecification was"]),
    "an express state machine": (_express, ["tallygate-dev-batch (stack batch", "StateMachineType was"]),
    "a function with another logical id": (_function_moved, ["(stack batch, logical id Elsewhere) can't be made"]),
    "a bucket in another stack": (_bucket_moved, ["AWS::S3::Bucket", "(stack events", "would be removed"]),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_break_is_told_with_the_resource(name: str) -> None:
    broken, expected = BREAKS[name]
    before = recorded(EARLIER[-1])
    after = copy.deepcopy(before)
    broken(after)
    told = "\n".join(problems(before, after, ["layers", "events", "batch", "fan-out"]))
    for words in expected:
        assert words in told


def test_an_alarm_may_move_to_a_stack_that_comes_later() -> None:
    before = recorded(EARLIER[-1])
    after = copy.deepcopy(before)
    id = _first(after["fan-out"], "AWS::CloudWatch::Alarm")
    after["observability"] = {"Resources": {id: after["fan-out"]["Resources"].pop(id)}}
    order = ["layers", "events", "batch", "fan-out", "observability"]
    assert problems(before, after, order) == []
    assert "can't be made" in problems(before, after, ["observability", *order[:-1]])[0]

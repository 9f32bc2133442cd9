"""The actions of a synthesized pipeline, and the commands of its builds."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.infra.synthesis import Stack


@dataclass(frozen=True)
class Build:
    """What one CodeBuild action runs.

    Parameters
    ----------
    name : str
        The action's.
    on_source : bool
        It starts in the source; else in what the build before has made.
    commands : tuple of str
        Of all phases, in order.
    """

    name: str
    on_source: bool
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Deployment:
    """A CloudFormation action: it prepares or executes a stack's change set."""

    name: str
    stage: str
    stack: str


@dataclass(frozen=True)
class Approval:
    """Somebody approves."""

    name: str


Action = Build | Deployment | Approval


def actions(pipeline: Stack, assembly: Path) -> Iterator[Action]:
    """Every action after the source, in the pipeline's order.

    Parameters
    ----------
    assembly : Path
        Where buildspecs lie that are files.
    """
    source, *stages = pipeline.properties("AWS::CodePipeline::Pipeline")["Stages"]
    (made_by_source,) = [one["Name"] for action in source["Actions"] for one in action["OutputArtifacts"]]
    for stage in stages:
        for action in sorted(stage["Actions"], key=lambda action: int(action["RunOrder"])):
            yield _action(pipeline, assembly, stage["Name"], action, made_by_source)


def _action(pipeline: Stack, assembly: Path, stage: str, action: Mapping[str, Any], source: str) -> Action:
    configuration = action.get("Configuration", {})
    match action["ActionTypeId"]["Provider"]:
        case "Manual":
            return Approval(action["Name"])
        case "CloudFormation":
            return Deployment(action["Name"], stage, configuration["StackName"])
        case "CodeBuild":
            project = pipeline.of_type("AWS::CodeBuild::Project")[configuration["ProjectName"]["Ref"]]
            spec = project["Properties"]["Source"]["BuildSpec"]
            on_source = action["InputArtifacts"][0]["Name"] == source
            return Build(action["Name"], on_source, tuple(_commands(spec, assembly)))
    raise ValueError(f"unknown action {action}")


def _commands(spec: str, assembly: Path) -> Iterator[str]:
    # What the CDK calls YAML is written as JSON.
    given = json.loads(spec) if spec.startswith("{") else json.loads((assembly / spec).read_text())
    for phase in ("install", "pre_build", "build", "post_build"):
        yield from given["phases"].get(phase, {}).get("commands", ())

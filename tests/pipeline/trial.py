"""The trial: bootstrap an account, push the project, play the pipeline; edit one function, push, play it again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local.emulator.process import Emulator
from tests.pipeline.pipeline_run import PipelineRun, Played
from tests.pipeline.place import Place

EDITED = "lambdas/report/handler.py"
PREFIX = "tallygate-local-"


@dataclass(frozen=True)
class Found:
    """What came of it.

    Parameters
    ----------
    first, second : Played
        The two executions.
    before, after : mapping
        The pipeline's template as synthesized before the first, and after the second push.
    deployed, wanted : mapping
        The pipeline's resources: as the emulator holds them after both, and as synthesized after the second push.
    projects : frozenset of str
        CodeBuild projects in the emulator.
    functions_changed, layers_changed : frozenset of str
        What the second execution has deployed anew.
    """

    first: Played
    second: Played
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    deployed: Mapping[str, Any]
    wanted: Mapping[str, Any]
    projects: frozenset[str]
    functions_changed: frozenset[str]
    layers_changed: frozenset[str]


def trial(
    folder: Path, emulator: Emulator, *, instead: Mapping[str, str] | None = None, tell: Callable[[str], object]
) -> Found:
    """Do all of it. Raises `Failed` where a command does."""
    place, account = Place(folder, emulator), _Account(emulator)
    place.make()
    place.check_out()
    run = PipelineRun(place, instead=instead, tell=tell)
    pipeline = run.pipeline(folder / "as-pushed")
    # By hand, once: see docs/deploy.md.
    place.run("make setup", place.source, in_aws=False)
    place.run(".venv/bin/python -m stacks.bootstrap", place.source)
    first = run.play(pipeline)
    code, layers = account.code(), account.layers()
    with (place.work / EDITED).open("a") as file:
        file.write("\n\n# edited\n")  # as ruff lays it out: `make test` looks
    place.push("an edit")
    place.check_out()
    again = run.pipeline(folder / "as-edited")
    second = run.play(again)
    return Found(
        first=first,
        second=second,
        before=pipeline.template,
        after=again.template,
        deployed=account.resources("tallygate-pipeline"),
        wanted=resources(again.template),
        projects=account.projects(),
        functions_changed=frozenset(name for name, sha in account.code().items() if code.get(name) != sha),
        layers_changed=frozenset(name for name, arn in account.layers().items() if layers.get(name) != arn),
    )


def resources(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is made: without metadata, which the CLI adds and nothing is made of."""
    return {
        id: {part: value for part, value in resource.items() if part != "Metadata"}
        for id, resource in template["Resources"].items()
    }


class _Account:
    """Looks at what is deployed."""

    def __init__(self, emulator: Emulator) -> None:
        settings = emulator.client_settings()
        self._functions = boto3.client("lambda", **settings)
        self._stacks = boto3.client("cloudformation", **settings)
        self._builds = boto3.client("codebuild", **settings)

    def code(self) -> Mapping[str, str]:
        """The hash of each function's code."""
        pages = self._functions.get_paginator("list_functions").paginate()
        found = (one for page in pages for one in page["Functions"])
        return {one["FunctionName"]: one["CodeSha256"] for one in found if one["FunctionName"].startswith(PREFIX)}

    def layers(self) -> Mapping[str, str]:
        """The newest version of each layer."""
        found = self._functions.list_layers()["Layers"]
        return {one["LayerName"]: one["LatestMatchingVersion"]["LayerVersionArn"] for one in found}

    def resources(self, stack: str) -> Mapping[str, Any]:
        """What is deployed of a stack."""
        body: Any = self._stacks.get_template(StackName=stack)["TemplateBody"]
        return resources(json.loads(body) if isinstance(body, str) else body)

    def projects(self) -> frozenset[str]:
        """CodeBuild projects."""
        return frozenset(self._builds.list_projects()["projects"])

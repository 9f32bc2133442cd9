"""What a synthesized pipeline consists of: its actions, its projects and what they may do."""

import json
from collections.abc import Mapping
from typing import Any

from tests.infra.synthesis import Stack
from tests.infra.test_permissions import granted

IN_PIPELINE = {"env": "pipeline"}
CDKS = ("logs:", "codebuild:", "s3:GetBucket*", "s3:GetObject*", "s3:List*")  # what the CDK gives every project


def actions(pipeline: Stack) -> list[tuple[str, str, str]]:
    """Stage, name and provider of each action, in the order in which they run."""
    stages = pipeline.properties("AWS::CodePipeline::Pipeline")["Stages"]
    return [
        (stage["Name"], action["Name"], action["ActionTypeId"]["Provider"])
        for stage in stages
        for action in sorted(stage["Actions"], key=lambda action: int(action["RunOrder"]))
    ]


def project(pipeline: Stack, name: str) -> Mapping[str, Any]:
    return pipeline.properties("AWS::CodeBuild::Project", Name=f"tallygate-pipeline-{name}")


def commands(pipeline: Stack, name: str) -> Mapping[str, Any]:
    """The phases of a project's buildspec."""
    phases: Mapping[str, Any] = json.loads(project(pipeline, name)["Source"]["BuildSpec"])["phases"]
    return phases


def of_project(pipeline: Stack, name: str) -> dict[str, set[str]]:
    """What a project may do beyond its log, its reports and reading artifacts."""
    role = project(pipeline, name)["ServiceRole"]["Fn::GetAtt"][0]
    found = granted(pipeline, role, conditions=True)
    ours = {one: {action for action in allowed if not action.startswith(CDKS)} for one, allowed in found.items()}
    return {one: allowed for one, allowed in ours.items() if allowed}

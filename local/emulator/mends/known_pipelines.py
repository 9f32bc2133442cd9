"""CloudFormation knows pipelines: a template with an AWS::CodePipeline::Pipeline is deployed.

The emulator has no CodePipeline and refuses such a template as a whole. Here the resource is recorded, with its name as
its id, so that the pipeline's stack is deployed and updated by the real CLI; it runs nothing.
"""

from typing import Any

from local.emulator.patching import module

TYPE = "AWS::CodePipeline::Pipeline"


def made(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, Any]]:
    """Record a pipeline."""
    return str(properties.get("Name") or f"{stack}-{logical_id}"), {"Version": "1"}


def changed(
    physical_id: str, _old: dict[str, Any], properties: dict[str, Any], _stack: str, **_more: object
) -> tuple[str, dict[str, Any]]:
    """Record a change; another name would be another pipeline."""
    return str(properties.get("Name") or physical_id), {"Version": "2"}


def deleted(_physical_id: str, _properties: dict[str, Any]) -> None:
    """There is nothing to delete."""


def apply() -> None:
    """Add the type to those that CloudFormation provisions."""
    handlers = module("services.cloudformation.provisioners")._RESOURCE_HANDLERS  # noqa: SLF001
    handlers[TYPE] = {"create": made, "update": changed, "delete": deleted}

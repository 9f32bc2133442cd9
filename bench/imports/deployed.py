"""The functions that templates deploy: their code, their layers, their variables.

There is no list of them: a function that somebody adds to a stack is found by itself.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Template = Mapping[str, Any]
_PSEUDO = {"AWS::AccountId": "123456789012", "AWS::Region": "us-east-1", "AWS::Partition": "aws", "AWS::URLSuffix": ""}


class BadTemplate(ValueError):
    """A function of a template can't be run here; the message names it and says what is missing."""


@dataclass(frozen=True, kw_only=True)
class DeployedFunction:
    """A Python function with code of its own, as its template has it.

    Parameters
    ----------
    name : str
        Its whole name.
    code : str
        The hash of its code, the name of the asset.
    handler : str
        The module that Lambda imports.
    layers : tuple of str
        Their whole names, in the order in which Lambda lays them over each other.
    variables : mapping of str to str
        As the stack sets them; what only a deployment knows is the logical id of what it is of.
    snap_start : bool
        Versions of it start from a snapshot.
    """

    name: str
    code: str
    handler: str
    layers: tuple[str, ...]
    variables: Mapping[str, str]
    snap_start: bool


def templates(assembly: Path) -> list[Template]:
    """Every template of a cloud assembly and of the stages in it."""
    return [json.loads(path.read_text()) for path in sorted(assembly.rglob("*.template.json"))]


def layer_assets(found: list[Template]) -> dict[str, str]:
    """The hash of each layer's content, by the layer's name."""
    return {
        resource["Properties"]["LayerName"]: Path(resource["Properties"]["Content"]["S3Key"]).stem
        for template in found
        for _, resource in _of_type(template, "AWS::Lambda::LayerVersion")
    }


def functions(found: list[Template]) -> list[DeployedFunction]:
    """Every function in Python whose code is an asset, by name. Raises `BadTemplate`."""
    layers = layer_assets(found)
    made = [
        _function(template, id, resource["Properties"], layers)
        for template in found
        for id, resource in _of_type(template, "AWS::Lambda::Function")
        if resource["Properties"].get("Runtime", "").startswith("python") and "S3Key" in resource["Properties"]["Code"]
    ]
    return sorted(made, key=lambda function: function.name)


def _function(template: Template, id: str, properties: Template, layers: Mapping[str, str]) -> DeployedFunction:
    name = str(properties.get("FunctionName", id))
    variables = properties.get("Environment", {}).get("Variables", {})
    return DeployedFunction(
        name=name,
        code=Path(properties["Code"]["S3Key"]).stem,
        handler=properties["Handler"].rpartition(".")[0],
        layers=tuple(_layer(name, template, one, layers) for one in properties.get("Layers", ())),
        variables={variable: _plain(value) for variable, value in variables.items()},
        snap_start="SnapStart" in properties,
    )


def _layer(function: str, template: Template, reference: object, layers: Mapping[str, str]) -> str:
    """The layer that a reference means: by the name in what it refers to, a parameter or a custom resource."""
    text = json.dumps([reference, [_referred(template, id) for id in _ids(reference)]])
    named = [name for name in layers if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]
    told = [name for name in layers if f'/layers/{name.rpartition("-")[2]}"' in text]
    found = sorted(set(named or told))
    if len(found) != 1:
        raise BadTemplate(f"{function} has a layer that is none of {', '.join(layers)}: {json.dumps(reference)}")
    return found[0]


def _ids(value: object) -> Iterator[str]:
    match value:
        case {"Ref": str(id)}:
            yield id
        case {"Fn::GetAtt": [str(id), *_]}:
            yield id
        case dict():
            for part in value.values():
                yield from _ids(part)
        case list():
            for part in value:
                yield from _ids(part)


def _referred(template: Template, id: str) -> object:
    return template["Resources"].get(id, {}).get("Properties") or template.get("Parameters", {}).get(id)


def _plain(value: object) -> str:
    match value:
        case {"Ref": str(id)}:
            return _PSEUDO.get(id, id)
        case {"Fn::GetAtt": [str(id), str(attribute)]}:
            return f"{id}.{attribute}"
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(map(_plain, parts))
        case {"Fn::Sub": str(text)}:
            return text
    return str(value)


def _of_type(template: Template, kind: str) -> list[tuple[str, Template]]:
    resources: Mapping[str, Template] = template.get("Resources", {})
    return [(id, resource) for id, resource in resources.items() if resource["Type"] == kind]

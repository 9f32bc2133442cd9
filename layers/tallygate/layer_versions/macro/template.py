"""A template with the newest version in the place of every layer that has none."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tallygate.errors import InvalidInput, TallygateError
from tallygate.layer_versions.catalogue import LayerCatalogue
from tallygate.layer_versions.macro.asked_once import AskedOnce
from tallygate.layer_versions.macro.layer_name import Here, without_version
from tallygate.layer_versions.macro.leaf import Leaf, Path
from tallygate.layer_versions.macro.options import Options
from tallygate.layer_versions.macro.places import Places
from tallygate.layer_versions.macro.values import Untold, Values
from tallygate.layer_versions.resolver import NoLayerVersion, newest
from tallygate.layer_versions.wanted import Wanted

_LISTED = 5
Resolve = Callable[[str, Leaf], str]


class BadTemplate(TallygateError):
    """Layers of a template can't be resolved; the message names every place of them, and how to mend it."""


def with_newest_layers(
    template: Mapping[str, Any],
    catalogue: LayerCatalogue,
    *,
    here: Here,
    parameters: Mapping[str, Any],
    options: Options,
) -> Any:  # noqa: ANN401 (JSON)
    """The template with its layers resolved; the one that was given stays as it is.

    Parameters
    ----------
    template : mapping
        All of it but its Transform section, or the part that stands beside an Fn::Transform.
    catalogue : LayerCatalogue
        The layers of `here`. Each layer is listed once.
    here : Here
    parameters : mapping
        The values of the template's parameters: texts, or lists of texts.
    options : Options

    Raises
    ------
    BadTemplate
        Of some layers no version fits, or they are none; all of them are named.
    InvalidInput
        Fn::Transform stands where no layer can be.
    Unavailable
        Lambda gave no answer in time.
    """
    values = Values(template, parameters, here)
    asked = AskedOnce(catalogue)
    problems: dict[str, list[str]] = {}  # places by what is wrong there: one name is often misspelt in many

    def resolved(text: str, leaf: Leaf) -> str:
        name = without_version(text, here)
        if name is None:
            return text
        return newest(asked, Wanted(layer=name, runtime=leaf.runtime, architecture=leaf.architecture)).arn

    done: Any = template
    for leaf in Places(template, values, options):
        try:
            new = _replacement(leaf, values, resolved)
        except (InvalidInput, NoLayerVersion) as error:
            if leaf.taken:
                problems.setdefault(str(error), []).append(_place(leaf))
        else:
            done = done if new is leaf.node else _replaced(done, leaf.path, new)
    if problems:
        raise BadTemplate(_message(problems))
    return done


def _replacement(leaf: Leaf, values: Values, resolved: Resolve) -> Any:  # noqa: ANN401 (JSON)
    """What belongs into the leaf's place: the very node that stands there, where nothing is to be replaced."""
    if isinstance(leaf.node, bool | int | float):
        raise InvalidInput("that is no text: if it is the name of a layer, put it in quotes")
    for variable in leaf.loops:
        if _mentions(leaf.node, variable):
            raise InvalidInput(
                f"that depends on the variable {variable} of Fn::ForEach: name AWS::LanguageExtensions before "
                "UseLatest under Transform"
            )
    try:
        told = values.tell(leaf.node)
    except Untold:
        return leaf.node
    new = resolved(told, leaf) if isinstance(told, str) else [resolved(text, leaf) for text in told]
    return leaf.node if new == told else new


def _mentions(node: object, variable: str) -> bool:
    text = json.dumps(node)
    return f'{{"Ref": "{variable}"}}' in text or f"${{{variable}}}" in text


def _replaced(node: Any, path: Path, new: object) -> Any:  # noqa: ANN401 (JSON)
    """A copy of the node in which `new` stands at `path`; all that is beside the path is shared with it."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    copy = node.copy()
    copy[step] = _replaced(node[step], rest, new)
    return copy


def _place(leaf: Leaf) -> str:
    return leaf.place if isinstance(leaf.node, str) else f"{leaf.place} ({json.dumps(leaf.node)})"


def _message(problems: Mapping[str, list[str]]) -> str:
    said = []
    for what, places in problems.items():
        more = f" and {len(places) - _LISTED} places more" if len(places) > _LISTED else ""
        said.append(f"{', '.join(places[:_LISTED])}{more}: {what}")
    if len(said) == 1:
        return said[0]
    return f"{len(said)} problems: " + "; ".join(f"({i}) {one}" for i, one in enumerate(said, start=1))

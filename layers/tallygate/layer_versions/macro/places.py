"""Where a template can declare layers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tallygate.errors import InvalidInput
from tallygate.layer_versions.macro.leaf import Leaf, leaves, may_be
from tallygate.layer_versions.macro.options import Options
from tallygate.layer_versions.macro.values import Untold, Values

FUNCTION, SAM_FUNCTION, CANARY = "AWS::Lambda::Function", "AWS::Serverless::Function", "AWS::Synthetics::Canary"
DEFAULT_ARCHITECTURE = "x86_64"  # Lambda's, of a function that names none
_LOOP = "Fn::ForEach::"
_ROOT = Leaf(path=(), node=None)
Node = Mapping[str, Any]


class Places:
    """The places of one template, or of the part of it that Fn::Transform passes on.

    Parameters
    ----------
    template : mapping
    values : Values
        Its own.
    options : Options
        What to take for runtime and architecture where the template doesn't tell.
    """

    def __init__(self, template: Node, values: Values, options: Options) -> None:
        self._template, self._values, self._options = template, values, options
        self._is_whole = "Resources" in template
        self._defaults = _mapping(_mapping(template.get("Globals")).get("Function"))

    def __iter__(self) -> Iterator[Leaf]:
        """Every leaf, in the order of the template.

        Raises
        ------
        InvalidInput
            The part that was passed on is none in which a layer could stand.
        """
        for leaf in self._lists():
            yield from leaves(leaf, self._values)

    def _lists(self) -> Iterator[Leaf]:
        part = self._template
        if self._is_whole:
            yield from self._globals()
            yield from self._resources(_mapping(part["Resources"]), replace(_ROOT, path=("Resources",)))
        elif isinstance(part.get("Type"), str):
            yield from self._resource(part, _ROOT)
        elif "Layers" in part:
            yield self._of_function(part, "", replace(_ROOT, path=("Layers",)))
        elif part and all(isinstance(one, dict) and "Type" in one for one in part.values()):
            yield from self._resources(part, _ROOT)
        else:
            raise InvalidInput(
                f"Fn::Transform stands where no layer can be (beside it: {_keys(part)}): put it beside Layers, in a "
                "function, or in Resources; or name the macro under Transform at the top of the template"
            )

    def _globals(self) -> Iterator[Leaf]:
        if "Layers" in self._defaults:
            yield Leaf(
                path=("Globals", "Function", "Layers"),
                node=self._defaults["Layers"],
                runtime=self._agreed([self._runtime(one) for one in self._sam_functions()]),
                architecture=self._agreed([self._architecture(one, SAM_FUNCTION) for one in self._sam_functions()]),
            )

    def _sam_functions(self) -> Sequence[Node]:
        """The properties of those who take the globals; the globals alone where there are none."""
        resources = map(_mapping, _mapping(self._template["Resources"]).values())
        found = [_mapping(one.get("Properties")) for one in resources if one.get("Type") == SAM_FUNCTION]
        functions = [{**self._defaults, **properties} for properties in found]
        return [one for one in functions if one.get("PackageType") != "Image"] or [self._defaults]

    def _agreed(self, found: Sequence[str]) -> str:
        """What all functions have: a layer of theirs is looked for by nothing in which they differ."""
        return found[0] if len(set(found)) == 1 else ""

    def _resources(self, resources: Node, at: Leaf) -> Iterator[Leaf]:
        for id, resource in resources.items():
            match resource:
                case [str(variable), _, dict(body)] if id.startswith(_LOOP):
                    yield from self._resources(body, replace(at, path=(*at.path, id, 2), loops=(*at.loops, variable)))
                case dict():
                    yield from self._resource(resource, replace(at, path=(*at.path, id)))

    def _resource(self, resource: Node, at: Leaf) -> Iterator[Leaf]:
        kind, properties = resource.get("Type"), _mapping(resource.get("Properties"))
        at = replace(at, taken=may_be(resource.get("Condition"), self._values, expected=True))
        if kind in (FUNCTION, SAM_FUNCTION) and "Layers" in properties:
            yield self._of_function(properties, kind, replace(at, path=(*at.path, "Properties", "Layers")))
        elif kind == CANARY:
            code = _mapping(properties.get("Code"))
            yield from _of_canary(code, replace(at, path=(*at.path, "Properties", "Code")))

    def _of_function(self, properties: Node, kind: str, at: Leaf) -> Leaf:
        function = {**self._defaults, **properties} if kind == SAM_FUNCTION else properties
        runtime, architecture = self._runtime(function), self._architecture(function, kind)
        return replace(at, node=properties["Layers"], runtime=runtime, architecture=architecture)

    def _runtime(self, function: Node) -> str:
        return self._told(function.get("Runtime")) or self._options.runtime

    def _architecture(self, function: Node, kind: str) -> str:
        given = function.get("Architectures")
        if isinstance(given, list) and len(given) == 1:
            given = given[0]
        # What isn't in sight may still stand in the template's Globals.
        is_default = given is None and (self._is_whole or kind == FUNCTION)
        return self._told(given) or (DEFAULT_ARCHITECTURE if is_default else self._options.architecture)

    def _told(self, node: object) -> str:
        try:
            told = self._values.tell(node)
        except Untold:
            return ""
        return told if isinstance(told, str) else next(iter(told), "")


def _of_canary(code: Node, at: Leaf) -> Iterator[Leaf]:
    # A canary's runtime is one of Synthetics' own, so that nothing can be looked for by it.
    dependencies = code.get("Dependencies")
    for i, one in enumerate(dependencies if isinstance(dependencies, list) else ()):
        if isinstance(one, dict) and one.get("Type", "LambdaLayer") == "LambdaLayer" and "Reference" in one:
            yield replace(at, path=(*at.path, "Dependencies", i, "Reference"), node=one["Reference"])


def _mapping(node: object) -> Node:
    return node if isinstance(node, dict) else {}


def _keys(part: Node) -> str:
    return ", ".join(list(map(str, part))[:8]) or "nothing"

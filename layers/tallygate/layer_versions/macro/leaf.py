"""A place in a template where one layer stands, or a list of them that one parameter brings."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tallygate.layer_versions.macro.values import Untold, Values

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What stands in the place of a layer.

    Parameters
    ----------
    path : tuple of str and int
        Where, from the template's root.
    node : object
        A text, or an intrinsic function (never Fn::If, whose branches are leaves of their own).
    runtime, architecture : str
        Of the function that takes it; empty where that can't be told.
    taken : bool
        False in a branch, or a function, of which a condition says that it isn't taken: there a layer may be missing.
    loops : tuple of str
        The variables of every Fn::ForEach around it.
    """

    path: Path
    node: Any
    runtime: str = ""
    architecture: str = ""
    taken: bool = True
    loops: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where, as a text: `Resources.Api.Properties.Layers[0]`."""
        return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path).removeprefix(".")


def leaves(leaf: Leaf, values: Values) -> Iterator[Leaf]:
    """What is to be looked at one by one: the items of a list, the branches of Fn::If."""
    match leaf.node:
        case list(nodes):
            for i, node in enumerate(nodes):
                yield from leaves(_within(leaf, i, node=node), values)
        case {"Fn::If": [str(condition), yes, no]}:
            for i, (node, if_it) in enumerate(((yes, True), (no, False)), start=1):
                branch = _within(leaf, "Fn::If", i, node=node)
                taken = leaf.taken and may_be(condition, values, expected=if_it)
                yield from leaves(replace(branch, taken=taken), values)
        case None | {"Ref": "AWS::NoValue"}:
            pass
        case _:
            yield leaf


def may_be(condition: object, values: Values, *, expected: bool) -> bool:
    """False if a condition is known to be the other way."""
    try:
        return not isinstance(condition, str) or values.holds(condition) is expected
    except Untold:
        return True


def _within(leaf: Leaf, *steps: str | int, node: object) -> Leaf:
    return replace(leaf, path=leaf.path + steps, node=node)

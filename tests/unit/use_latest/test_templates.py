"""Whole templates, plain and SAM: what is replaced, and that nothing else is."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.unit.use_latest.account import LAYER, an_account, from_yaml, layers_of, template

FOLDER = Path(__file__).with_name("templates")
VALUES: dict[str, Any] = {
    "Shared": "shared",
    "Python": "python3.12",
    "Several": ["a", "b"],
    "Pinned": f"{LAYER}a:1",
    "Looked": "a",
    "Secret": "a",
}


def load(name: str) -> Any:
    return from_yaml((FOLDER / f"{name}.yaml").read_text())


def changes(before: Any, after: Any, path: str = "") -> Mapping[str, Any]:
    """What differs, by where."""
    if isinstance(before, dict) and isinstance(after, dict):
        assert list(before) == list(after), path
        pairs = {f"{path}.{key}": (before[key], after[key]) for key in before}
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = {f"{path}[{i}]": pair for i, pair in enumerate(zip(before, after, strict=True))}
    else:
        return {} if before == after else {path: after}
    return {where: new for at, (old, now) in pairs.items() for where, new in changes(old, now, at).items()}


def test_a_plain_template() -> None:
    given = load("plain")
    expected = {
        "Names": {"[0]": "a:3", "[1]": "b:1"},
        "Intrinsics": {
            "[0]": "shared:2",
            "[5]": "a:3",
            "[6]": "shared:2",
            "[9]": "b:1",
            "[10]": "b:1",
            "[11]": "b:1",
        },
        "Branches": {"[0].Fn::If[1]": "a:3", "[0].Fn::If[2].Fn::If[1]": "shared:4", "[1].Fn::If[1]": "a:3"},
        "WholeList": {".Fn::If[1][0]": "a:3", ".Fn::If[1][1]": "b:1"},
        "NotCreated": {"[0]": "a:3"},
    }
    flat = {
        f".Resources.{id}.Properties.Layers{at}": f"{LAYER}{layer}"
        for id, found in expected.items()
        for at, layer in found.items()
    }
    both = [f"{LAYER}a:3", f"{LAYER}b:1"]
    found = changes(given, an_account().process(given, **VALUES))
    assert found == flat | {
        ".Resources.WholeList.Properties.Layers.Fn::If[2]": both,
        ".Resources.FromText.Properties.Layers": both,
        ".Resources.Canary.Properties.Code.Dependencies[0].Reference": f"{LAYER}a:3",
    }


def test_a_sam_template_with_globals() -> None:
    given = load("sam")
    found = changes(given, an_account().process(given, Python="python3.12"))
    assert found == {
        ".Globals.Function.Layers[0]": f"{LAYER}a:3",
        # The functions that take it are of two runtimes and two processors: it is looked for by neither.
        ".Globals.Function.Layers[1]": f"{LAYER}shared:4",
        ".Resources.Inherits.Properties.Layers[0]": f"{LAYER}shared:3",
        ".Resources.Overrides.Properties.Layers[0]": f"{LAYER}shared:4",
        ".Resources.Plain.Properties.Layers[0]": f"{LAYER}shared:4",
    }


def test_globals_are_looked_for_by_what_all_functions_have() -> None:
    given = load("sam")
    del given["Resources"]["Overrides"]
    processed = an_account().process(given, Python="python3.13")
    assert processed["Globals"]["Function"]["Layers"][1] == f"{LAYER}shared:3"
    del given["Globals"]["Function"]["Architectures"]
    processed = an_account().process(given, Python="python3.13")
    assert processed["Globals"]["Function"]["Layers"][1] == f"{LAYER}shared:4"


def test_what_comes_out_is_not_changed_again() -> None:
    for name, values in (("plain", VALUES), ("sam", {"Python": "python3.13"})):
        once = an_account().process(load(name), **values)
        assert json.dumps(an_account().process(once, **values)) == json.dumps(once)


def test_each_layer_is_asked_for_once() -> None:
    account = an_account()
    account.process(load("plain"), **VALUES)
    assert account.asked == {"a": 1, "b": 1, "shared": 1, "nowhere": 1, "": 1}


def test_nothing_is_remembered_from_one_call_to_the_next() -> None:
    account, given = an_account(), template("a")
    assert layers_of(account.process(given)) == [f"{LAYER}a:3"]
    account.publish("a")
    assert layers_of(account.process(given)) == [f"{LAYER}a:4"]
    account.delete("a", 4)
    assert layers_of(account.process(given)) == [f"{LAYER}a:3"]

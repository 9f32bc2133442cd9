"""What the macro refuses: templates, parts of templates, parameters. Documented in docs/layers.md, word by word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.unit.use_latest.account import LAYER, function, template

Fragment = Any


@dataclass(frozen=True)
class Bad:
    """One call of the macro that is refused."""

    what: str
    fragment: Fragment
    params: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


def _loop() -> Fragment:
    inner = {"Fn::ForEach::Inner": ["Y", ["q"], {"F${X}${Y}": function({"Fn::Sub": "layer-${X}"})}]}
    return {"Resources": {"Fn::ForEach::Outer": ["X", ["p"], inner]}}


BAD = [
    Bad("a misspelt name", template("shard")),
    Bad(
        "no version for the function's runtime and processor",
        {"Resources": {"Api": function("only", Runtime="python3.13")}},
    ),
    Bad("a parameter that holds such a name", template({"Ref": "Layer"}), values={"Layer": "shard"}),
    Bad("one name in several places", {"Resources": {"One": function("shard"), "Two": function("a", "shard")}}),
    Bad("several problems", template("shard", "a:2")),
    Bad("a version without the whole ARN", template("a:2")),
    Bad("the word latest in the place of a number", template(f"{LAYER}a:latest")),
    Bad("variables without Fn::Sub", template("${Stage}-layer")),
    Bad("a layer of another account", template("arn:aws:lambda:eu-west-1:444455556666:layer:theirs")),
    Bad("a layer of another Region", template("arn:aws:lambda:us-east-1:111122223333:layer:a")),
    Bad("a number", template(7)),
    Bad("a runtime that is none", {"Resources": {"Api": function("a", Runtime="Python 3.13")}}),
    Bad("a loop's variable", _loop()),
    Bad("Fn::Transform where no layer can be", {"BucketName": "x"}),
    Bad("Fn::Transform without siblings", {}),
    Bad("Fn::Transform in a list", ["a"]),
    Bad("an unknown parameter of the macro", template("a"), params={"Runtimes": "python3.13"}),
    Bad("an empty parameter of the macro", template("a"), params={"Runtime": ""}),
    Bad("a processor that is none", template("a"), params={"Architecture": "amd64"}),
]

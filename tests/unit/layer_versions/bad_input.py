"""Properties of `Custom::LatestLayerVersion` that are refused."""

from dataclasses import dataclass
from typing import Any

from tallygate.layer_versions.memory import MemoryCatalogue
from tests.unit.layer_versions.cloudformation import PREFIX

A, B = "a" * 64, "b" * 64
OURS = f"{PREFIX}vendor"
THEIRS = "arn:aws:lambda:us-east-1:111122223333:layer:theirs"


@dataclass(frozen=True)
class Bad:
    """What is wrong (as docs/layers.md names it), the properties, and words of the reason."""

    what: str
    given: dict[str, Any]
    says: str


def shelf() -> MemoryCatalogue:
    """A layer of ours in two versions, with contents A and B."""
    made = MemoryCatalogue()
    for content in (A, B):
        made.publish(OURS, f"content {content}", runtimes=["python3.13"])
    return made


def _wrong(what: str, says: str, **given: Any) -> Bad:
    return Bad(what, {"Layer": OURS, **given}, says)


BAD = [
    Bad("no layer", {}, "the property Layer is missing: give the layer's name or its ARN"),
    Bad("a property misspelt", {"Layr": OURS}, "the property Layr is unknown: did you mean Layer? There are Layer"),
    _wrong("a property that there is not", "the property X is unknown: there are Layer, Runtime", X="1"),
    _wrong("a list of layers", "the property Layer is a list, expected text", Layer=[OURS]),
    _wrong("no name of a layer", "'no layer' is no layer: give its name", Layer="no layer"),
    _wrong("a layer misspelt", f"layers with similar names are {OURS}. Mend the name", Layer=f"{PREFIX}vendro"),
    _wrong("a runtime misspelt", "the runtime '3.13' is malformed", Runtime="3.13"),
    _wrong(
        "a runtime that no version is for",
        f"there is no version of the layer {OURS} for python3.14: there are the versions 2 (python3.13, 'content",
        Runtime="python3.14",
    ),
    _wrong("a processor misspelt", "the architecture 'arm' is none: give arm64 or x86_64", Architecture="arm"),
    _wrong("content that was not published", "deploy the stack that publishes the layer first", Content="c" * 64),
    _wrong("content that is no hash", "the content 'newest' is no hash: expected 64", Content="newest"),
    _wrong("too few to keep", "the property Keep is '1', expected 2 to 100, or 0 for all", Keep="1"),
    _wrong("a word to keep", "the property Keep is 'all', expected 2 to 100, or 0 for all", Keep="all"),
    _wrong(
        "pruning a layer of others",
        "only of layers of this account whose name begins with tallygate-dev-: leave Keep out",
        Layer="theirs",
        Keep="5",
    ),
    _wrong(
        "another account's layer without its role",
        "is of account 111122223333, the stack of 000000000000: only a role of that account can list its versions",
        Layer=THEIRS,
    ),
    _wrong(
        "a role that is none",
        "the property RoleArn is 'reader', expected arn:aws:iam::<account>:role/",
        Layer=THEIRS,
        RoleArn="reader",
    ),
    _wrong(
        "a layer of another Region",
        "is in eu-west-1, the stack in us-east-1: functions take layers of their own Region only",
        Layer=THEIRS.replace("us-east-1", "eu-west-1"),
    ),
    _wrong(
        "a version and its content",
        f"the property Layer names a version, {THEIRS}:7: leave Content out",
        Layer=f"{THEIRS}:7",
        Content=A,
    ),
]

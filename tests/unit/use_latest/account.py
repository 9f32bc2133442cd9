"""An account with layers, in memory, and the macro called in it as CloudFormation calls it."""

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import yaml  # type: ignore[import-untyped]

from tallygate.layer_versions.layer_version import LayerVersion
from tallygate.layer_versions.macro.protocol import answer
from tallygate.layer_versions.memory import MemoryCatalogue

ACCOUNT, REGION = "111122223333", "eu-west-1"
LAYER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:"


class Account(MemoryCatalogue):
    """The layers of an account, and how often each was asked for."""

    def __init__(self) -> None:
        super().__init__(account=ACCOUNT, region=REGION)
        self.asked: Counter[str] = Counter()

    def versions(self, layer: str) -> Iterator[LayerVersion]:
        """See `LayerCatalogue.versions`."""
        self.asked[layer] += 1
        return super().versions(layer)

    def names(self) -> Iterator[str]:
        """See `LayerCatalogue.names`."""
        self.asked[""] += 1
        return super().names()

    def call(self, fragment: object, params: Mapping[str, Any] | None = None, **values: object) -> dict[str, Any]:
        """What the macro answers; `values` are those of the template's parameters."""
        event = {
            "region": REGION,
            "accountId": ACCOUNT,
            "fragment": fragment,
            "transformId": f"{ACCOUNT}::UseLatest",
            "params": params or {},
            "requestId": "b8f0",
            "templateParameterValues": values,
        }
        given = copy.deepcopy(event)
        answered = answer(event, self)
        assert event == given, "what was given has changed"
        assert answered["requestId"] == "b8f0"
        return answered

    def process(self, fragment: object, params: Mapping[str, Any] | None = None, **values: object) -> Any:
        """The template that comes out."""
        answered = self.call(fragment, params, **values)
        assert answered["status"] == "success", answered
        return answered["fragment"]

    def refusal(self, fragment: object, params: Mapping[str, Any] | None = None, **values: object) -> str:
        """The message with which the macro ends the deployment."""
        answered = self.call(fragment, params, **values)
        assert answered["status"] == "failure", answered
        assert answered["fragment"] == fragment
        message: str = answered["errorMessage"]
        return message


def an_account() -> Account:
    """Layers `a` (3 versions), `b` (1) and `shared`: 1 for all, 2 for Python 3.12, 3 for arm64, 4 for Python 3.13."""
    account = Account()
    for layer in ("a", "a", "a", "b"):
        account.publish(layer)
    account.publish("shared")
    account.publish("shared", runtimes=["python3.12"])
    account.publish("shared", architectures=["arm64"])
    account.publish("shared", runtimes=["python3.13"], architectures=["x86_64"])
    return account


def function(*layers: object, kind: str = "AWS::Lambda::Function", **properties: object) -> dict[str, Any]:
    """A function with these layers."""
    return {"Type": kind, "Properties": {"Handler": "index.handler", "Layers": list(layers), **properties}}


def template(*layers: object, **sections: object) -> dict[str, Any]:
    """A template with one function with these layers."""
    return {**sections, "Resources": {"Api": function(*layers)}}


def layers_of(processed: Mapping[str, Any], id: str = "Api") -> Any:
    """The layers of a function of a template."""
    return processed["Resources"][id]["Properties"]["Layers"]


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML with CloudFormation's short forms, which it spells out before a macro sees them."""


def _spelt_out(loader: Any, tag: str, node: Any) -> dict[str, Any]:
    name = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _spelt_out)


def from_yaml(text: str) -> Any:
    """A template as CloudFormation passes it on: short forms spelt out, without its Transform section."""
    found = yaml.load(text, Loader=_Loader)
    found.pop("Transform", None)
    return found

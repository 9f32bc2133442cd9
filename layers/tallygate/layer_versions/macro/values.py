"""What intrinsic functions of a template come out as, as far as that can be told before the stack is there."""

import re
from collections.abc import Mapping
from typing import Any

from tallygate.layer_versions.macro.layer_name import Here

Told = str | list[str]
_VARIABLE = re.compile(r"\$\{([^}]+)\}")
# A Region's partition, by how its name begins.
_PARTITIONS = {
    "cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b", "us-isof-": "aws-iso-f",
    "eu-isoe-": "aws-iso-e", "eusc-": "aws-eusc",
}  # fmt: skip


class Untold(Exception):
    """Only CloudFormation can tell: the value depends on a resource, on another stack, or on what isn't in sight."""


class Values:
    """Parameters, pseudo parameters, mappings and conditions of one template, looked up.

    Parameters
    ----------
    template : mapping
        The template, or a part of it: what it doesn't show (its mappings, its conditions) can't be told.
    parameters : mapping of str to str or list of str
        The values of the template's parameters.
    here : Here
    """

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, Any], here: Here) -> None:
        self._parameters = {name: value for name, value in parameters.items() if _may_be_read(template, name)}
        self._parameters |= {
            "AWS::AccountId": here.account,
            "AWS::Region": here.region,
            "AWS::Partition": next((it for start, it in _PARTITIONS.items() if here.region.startswith(start)), "aws"),
        }
        self._mappings = _section(template, "Mappings")
        self._conditions = _section(template, "Conditions")
        self._asked: set[str] = set()  # conditions that are being looked up: one that names itself can't be told

    def tell(self, node: object) -> Told:
        """The value of a node: a text, or a list of texts.

        Raises
        ------
        Untold
        """
        match node:
            case list():
                return [self.text(part) for part in node]
            case {"Ref": str(name), **more} if not more:
                return self._parameter(name)
            case {"Fn::If": [str(condition), yes, no], **more} if not more:
                return self.tell(yes if self.holds(condition) else no)
            case {"Fn::Split": [str(separator), whole], **more} if not more:
                return self.text(whole).split(separator)
        return self._text(node)

    def text(self, node: object) -> str:
        """The same where one text is expected. Raises `Untold`."""
        told = self.tell(node)
        if isinstance(told, str):
            return told
        raise Untold

    def texts(self, node: object) -> list[str]:
        """The same where a list is expected. Raises `Untold`."""
        told = self.tell(node)
        if isinstance(told, list):
            return told
        raise Untold

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template, by its name, is true. Raises `Untold`."""
        if condition in self._asked or condition not in self._conditions:
            raise Untold
        self._asked.add(condition)
        try:
            return self._is_true(self._conditions[condition])
        finally:
            self._asked.discard(condition)

    def _is_true(self, node: object) -> bool:
        match node:
            case {"Condition": str(name)}:
                return self.holds(name)
            case {"Fn::Equals": [one, other]}:
                return self.tell(one) == self.tell(other)
            case {"Fn::Not": [one]}:
                return not self._is_true(one)
            case {"Fn::And": list(all_of)}:
                return all(self._is_true(one) for one in all_of)
            case {"Fn::Or": list(any_of)}:
                return any(self._is_true(one) for one in any_of)
        raise Untold

    def _text(self, node: object) -> str:
        match node:
            case str() | bool() | int():
                return node if isinstance(node, str) else str(node).lower()
            case {"Fn::Sub": str(text), **more} if not more:
                return self._substituted(text, {})
            case {"Fn::Sub": [str(text), dict(variables)], **more} if not more:
                return self._substituted(text, variables)
            case {"Fn::Join": [str(separator), parts], **more} if not more:
                return separator.join(self.texts(parts))
            case {"Fn::Select": [str() | int() as index, whole], **more} if not more:
                return self._selected(str(index), self.texts(whole))
            case {"Fn::FindInMap": [name, top, second], **more} if not more:
                return self._found(self.text(name), self.text(top), self.text(second))
        raise Untold

    def _parameter(self, name: str) -> Told:
        match self._parameters.get(name):
            case str() as text:
                return text
            case list() as parts if all(isinstance(part, str) for part in parts):
                return [part.strip() for part in parts]
        raise Untold

    def _substituted(self, text: str, variables: Mapping[str, object]) -> str:
        def value(found: re.Match[str]) -> str:
            name = found[1].strip()
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            return self.text(variables.get(name, {"Ref": name}))

        return _VARIABLE.sub(value, text)

    def _selected(self, index: str, parts: list[str]) -> str:
        if not index.isdecimal() or int(index) >= len(parts):
            raise Untold
        return parts[int(index)]

    def _found(self, name: str, top: str, second: str) -> str:
        try:
            found = self._mappings[name][top][second]
        except (KeyError, TypeError):
            raise Untold from None
        if isinstance(found, str):
            return found
        raise Untold


def _section(template: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = template.get(name)
    return found if isinstance(found, dict) else {}


def _may_be_read(template: Mapping[str, Any], name: str) -> bool:
    """Not what must not be shown, and not what may be the name of an SSM parameter in the place of its value."""
    declared = _section(template, "Parameters").get(name)
    if not isinstance(declared, dict):
        return True
    secret = str(declared.get("NoEcho", "")).lower() == "true"
    return not secret and not str(declared.get("Type", "")).startswith("AWS::SSM::Parameter::")

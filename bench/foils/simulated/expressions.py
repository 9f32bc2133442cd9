"""Condition, key and update expressions, as far as the designs and Tallygate's adapters use them."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

Attributes = Mapping[str, Any]
Condition = Callable[[Attributes, Attributes], bool]  # of an item and the expression's values
Operand = Callable[[Attributes, Attributes], Any]

_TOKEN = re.compile(r"<>|<=|>=|[()=<>,+-]|:\w+|\w+")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Update:
    """One clause of an update: `SET name = operand`, or `ADD name operand`."""

    verb: str
    name: str
    operand: Operand


@cache
def condition(text: str) -> Condition:
    """Parse a condition or key condition. An empty one holds always."""
    if not text:
        return lambda _item, _values: True
    tokens = _Tokens(text)
    parsed = _either(tokens)
    tokens.end()
    return parsed


@cache
def updates(text: str) -> tuple[Update, ...]:
    """Parse an update expression."""
    tokens, found, verb = _Tokens(text), [], ""
    while tokens.next:
        verb = tokens.take() if tokens.next in ("SET", "ADD") else verb
        name = tokens.take()
        if verb == "SET":
            tokens.expect("=")
        found.append(Update(verb, name, _sum(tokens)))
        if tokens.next == ",":
            tokens.take()
    return tuple(found)


class _Tokens:
    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._at = text, _TOKEN.findall(text), 0

    @property
    def next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self) -> str:
        token = self.next
        self._at += 1
        return token

    def expect(self, token: str) -> None:
        if self.take() != token:
            raise ValueError(f"{self._text!r}: expected {token!r}; the simulated table knows no more than it needs")

    def end(self) -> None:
        self.expect("")


def _either(tokens: _Tokens) -> Condition:
    parts = [_both(tokens)]
    while tokens.next == "OR":
        tokens.take()
        parts.append(_both(tokens))
    return lambda item, values: any(part(item, values) for part in parts)


def _both(tokens: _Tokens) -> Condition:
    parts = [_one(tokens)]
    while tokens.next == "AND":
        tokens.take()
        parts.append(_one(tokens))
    return lambda item, values: all(part(item, values) for part in parts)


def _one(tokens: _Tokens) -> Condition:
    if tokens.next == "NOT":
        tokens.take()
        negated = _one(tokens)
        return lambda item, values: not negated(item, values)
    if tokens.next == "(":
        tokens.take()
        inner = _either(tokens)
        tokens.expect(")")
        return inner
    if tokens.next in _FUNCTIONS:
        return _function(tokens)
    left, compare, right = _operand(tokens), _COMPARE[tokens.take()], _operand(tokens)
    return lambda item, values: _compared(compare, left(item, values), right(item, values))


def _compared(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    if type(left) is not type(right):  # absent, or of another type
        return compare is operator.ne
    return compare(left, right)


_FUNCTIONS: Mapping[str, Callable[[Attributes, str, Any], bool]] = {
    "attribute_exists": lambda item, name, _: name in item,
    "attribute_not_exists": lambda item, name, _: name not in item,
    "begins_with": lambda item, name, value: item.get(name, "").startswith(value),
    "contains": lambda item, name, value: value in item.get(name, ()),
}


def _function(tokens: _Tokens) -> Condition:
    holds = _FUNCTIONS[tokens.take()]
    tokens.expect("(")
    name = tokens.take()
    operand: Operand = _nothing
    if tokens.next == ",":
        tokens.take()
        operand = _operand(tokens)
    tokens.expect(")")
    return lambda item, values: holds(item, name, operand(item, values))


def _sum(tokens: _Tokens) -> Operand:
    left = _operand(tokens)
    if tokens.next not in ("+", "-"):
        return left
    sign, right = Decimal(f"{tokens.take()}1"), _operand(tokens)
    return lambda item, values: left(item, values) + sign * right(item, values)


def _operand(tokens: _Tokens) -> Operand:
    token = tokens.take()
    if token.startswith(":"):
        return lambda _item, values: values[token]
    return lambda item, _values: item.get(token)


def _nothing(_item: Attributes, _values: Attributes) -> None:
    return None

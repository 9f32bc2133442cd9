"""What Step Functions would refuse in a state machine of the States Language (JSONPath), found before it is deployed.

Not the whole language: what Tallygate's machine uses. Sources: https://states-language.net and the developer guide's
pages on paths, intrinsic functions, Fail and Map states.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

State = Mapping[str, Any]
Machine = Mapping[str, Any]

_COMMON = {"Type", "Comment", "InputPath", "OutputPath"}
_MOVE = {"Next", "End"}
_DATA = {"Parameters", "ResultPath"}
_ERRORS = {"Retry", "Catch", "ResultSelector"}
FIELDS = {
    "Task": _COMMON | _MOVE | _DATA | _ERRORS
    | {"Resource", "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath", "Credentials"},
    "Pass": _COMMON | _MOVE | _DATA | {"Result"},
    "Choice": _COMMON | {"Choices", "Default"},
    "Succeed": _COMMON,
    "Fail": {"Type", "Comment", "Error", "ErrorPath", "Cause", "CausePath"},
    # Time limits are no field of a Map state.
    "Map": _COMMON | _MOVE | {"ResultPath"} | _ERRORS
    | {"ItemProcessor", "ItemReader", "ItemsPath", "ItemSelector", "ItemBatcher", "MaxConcurrency",
       "MaxConcurrencyPath", "ResultWriter", "Label", "ToleratedFailurePercentage", "ToleratedFailurePercentagePath",
       "ToleratedFailureCount", "ToleratedFailureCountPath"},
}  # fmt: skip
_RETRY = {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"}
# Those that return a text; only they may stand in the ErrorPath and CausePath of a Fail state.
TEXT = {"Format", "JsonToString", "ArrayGetItem", "Base64Encode", "Base64Decode", "Hash", "UUID"}
INTRINSICS = TEXT | {
    "StringToJson", "Array", "ArrayPartition", "ArrayContains", "ArrayRange", "ArrayLength", "ArrayUnique", "JsonMerge",
    "MathRandom", "MathAdd", "StringSplit",
}  # fmt: skip
_PATH = re.compile(r"\${1,2}(?:\.[A-Za-z_][A-Za-z0-9_]*|\[\d+\])*")
_ARGUMENT = rf"(?:'(?:[^'\\]|\\.)*'|-?\d+(?:\.\d+)?|true|false|null|{_PATH.pattern})"
_CALL = re.compile(rf"States\.(\w+)\(\s*((?:{_ARGUMENT}(?:\s*,\s*{_ARGUMENT})*)?)\s*\)")


def problems(machine: Machine) -> list[str]:
    """Everything that is wrong with a state machine, one line each."""
    names: list[str] = []
    found = list(_machine(machine, names))
    return found + [f"the name {name!r} is used twice" for name in set(names) if names.count(name) > 1]


def _machine(machine: Machine, names: list[str]) -> Iterator[str]:
    states: Mapping[str, State] = machine["States"]
    names.extend(states)
    reached = {machine["StartAt"]} | {target for state in states.values() for target in _targets(state)}
    yield from (f"no state {name!r}" for name in reached - set(states))
    yield from (f"{name}: nothing leads to it" for name in set(states) - reached)
    yield from (f"{name}: longer than 80 characters" for name in states if len(name) > 80)
    for name, state in states.items():
        yield from (f"{name}: {problem}" for problem in _state(state))
        if "ItemProcessor" in state:
            yield from _machine(state["ItemProcessor"], names)


def _targets(state: State) -> Iterator[str]:
    yield from (state[field] for field in ("Next", "Default") if field in state)
    yield from (rule["Next"] for field in ("Catch", "Choices") for rule in state.get(field, ()))


def _state(state: State) -> Iterator[str]:
    kind = state["Type"]
    yield from (f"{field} is no field of a {kind} state" for field in set(state) - FIELDS[kind])
    if kind in ("Task", "Pass", "Map") and ("Next" in state) == ("End" in state):
        yield "needs either Next or End"
    for rules in (state.get("Retry", ()), state.get("Catch", ())):
        yield from _errors([rule["ErrorEquals"] for rule in rules])
    for rule in state.get("Retry", ()):
        yield from _retry(rule)
    for catcher in state.get("Catch", ()):
        yield from _paths(catcher, kind="Catch")
    for rule in state.get("Choices", ()):
        yield from _path("Variable", rule["Variable"])
    yield from _paths({field: value for field, value in state.items() if field not in ("ItemProcessor", "Catch")}, kind)


def _errors(names: list[list[str]]) -> Iterator[str]:
    yield from ("names no error" for errors in names if not errors)
    for place, errors in enumerate(names, start=1):
        if "States.ALL" in errors and (len(errors) > 1 or place < len(names)):
            yield "States.ALL must stand alone, and last"


def _retry(rule: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{field} is no field of a retry" for field in set(rule) - _RETRY)
    if rule.get("MaxDelaySeconds", 31_622_400) <= rule.get("IntervalSeconds", 1):
        yield "MaxDelaySeconds must be more than IntervalSeconds"
    if not 0 <= rule.get("MaxAttempts", 3) <= 99_999_999 or rule.get("BackoffRate", 2) < 1:
        yield "MaxAttempts or BackoffRate is out of range"
    if rule.get("JitterStrategy", "NONE") not in ("FULL", "NONE"):
        yield f"no jitter strategy {rule['JitterStrategy']}"


def _paths(value: object, kind: str) -> Iterator[str]:
    """Check every path below `value`: fields that end in `.$` or `Path`, and texts that look like forgotten ones."""
    if isinstance(value, list):
        for part in value:
            yield from _paths(part, kind)
    if not isinstance(value, Mapping):
        return
    for field, inside in value.items():
        if field.endswith(".$"):
            yield from _expression(field, inside, INTRINSICS)
        elif kind == "Fail" and field in ("ErrorPath", "CausePath"):
            yield from _expression(field, inside, TEXT)
        elif field.endswith("Path"):
            yield from _path(field, inside) if inside is not None else ()
        elif isinstance(inside, str) and field != "Variable" and re.match(r"\$(?:[.$[]|$)|States\.\w+\(", inside):
            yield f"{field} is a path or a function, but its name does not end in .$"
        else:
            yield from _paths(inside, kind)


def _path(field: str, value: object) -> Iterator[str]:
    if not (isinstance(value, str) and _PATH.fullmatch(value)):
        yield f"{field} is no reference path: {value!r}"


def _expression(field: str, value: object, allowed: set[str]) -> Iterator[str]:
    if not isinstance(value, str) or not value.startswith("States."):
        yield from _path(field, value)
        return
    outermost, left = "", value
    while call := _CALL.search(left):  # from the inside to the outside; each is replaced by a number
        outermost, arguments = call[1], re.findall(_ARGUMENT, call[2])
        if outermost not in INTRINSICS:
            yield f"{field}: there is no States.{outermost}"
        if outermost == "Format" and (not arguments or arguments[0].count("{}") != len(arguments) - 1):
            yield f"{field}: States.Format needs as many values as {{}} in {value!r}"
        left = left[: call.start()] + "0" + left[call.end() :]
    if left != "0":
        yield f"{field} is malformed: {value!r}"
    elif outermost not in allowed:
        yield f"{field}: States.{outermost} can't be used here"

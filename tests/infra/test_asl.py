"""The checker of the States Language finds what Step Functions would refuse; else its silence would prove nothing."""

from typing import Any

import pytest

from tests.infra.asl import problems

GOOD: dict[str, Any] = {
    "StartAt": "First",
    "States": {
        "First": {
            "Type": "Task",
            "Resource": "arn",
            "Parameters": {"all.$": "$", "at.$": "$$.Execution.StartTime", "in": {"x.$": "States.ArrayLength($.a[0])"}},
            "Retry": [{"ErrorEquals": ["A"], "IntervalSeconds": 2, "MaxDelaySeconds": 30, "JitterStrategy": "FULL"}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed", "ResultPath": "$.error"}],
            "ResultPath": None,
            "Next": "Which?",
        },
        "Which?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Done"}],
            "Default": "Failed",
        },
        "Done": {"Type": "Succeed"},
        "Failed": {
            "Type": "Fail",
            "ErrorPath": "$.error.Error",
            "CausePath": "States.Format('{} of {}, it\\'s over: {}', $.a, 3, States.JsonToString($.error))",
        },
    },
}


def changed(state: str, **fields: object) -> dict[str, Any]:
    return GOOD | {"States": GOOD["States"] | {state: GOOD["States"][state] | fields}}


def failing(cause: object) -> dict[str, Any]:
    return changed("Failed", CausePath=cause)


def passing(expression: object) -> dict[str, Any]:
    return changed("First", Parameters={"x.$": expression})


def test_a_good_machine_has_no_problem() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("machine", "says"),
    [
        (changed("First", Next="Nowhere"), "no state 'Nowhere'"),
        (changed("First", Next="Failed"), "Which?: nothing leads to it"),
        (changed("First", End=True), "First: needs either Next or End"),
        (changed("Done", TimeoutSeconds=5), "Done: TimeoutSeconds is no field of a Succeed state"),
        (changed("First", Type="Map", TimeoutSeconds=5), "First: TimeoutSeconds is no field of a Map state"),
        (changed("First", ResultPath="error"), "First: ResultPath is no reference path: 'error'"),
        (
            changed("First", Parameters={"x": "$.a"}),
            "First: x is a path or a function, but its name does not end in .$",
        ),
        (changed("First", Parameters={"x": "States.UUID()"}), "but its name does not end in .$"),
        (changed("First", Retry=[{"ErrorEquals": []}]), "First: names no error"),
        (changed("First", Retry=[{"ErrorEquals": ["A", "States.ALL"]}]), "States.ALL must stand alone, and last"),
        (changed("First", Retry=[{"ErrorEquals": ["A"], "JitterStrategy": "SOME"}]), "no jitter strategy SOME"),
        (changed("First", Retry=[{"ErrorEquals": ["A"], "BackoffRate": 0.5}]), "is out of range"),
        (changed("First", Retry=[{"ErrorEquals": ["A"], "Jitter": 1}]), "Jitter is no field of a retry"),
        (
            changed("First", Retry=[{"ErrorEquals": ["A"], "IntervalSeconds": 9, "MaxDelaySeconds": 9}]),
            "MaxDelaySeconds must be more than IntervalSeconds",
        ),
        (passing("a"), "x.$ is no reference path: 'a'"),
        (passing("$.a.*"), "x.$ is no reference path"),
        (passing("States.Shout($.a)"), "there is no States.Shout"),
        (passing("States.ArrayLength($.a"), "x.$ is malformed"),
        (passing("States.MathAdd($.a, , 1)"), "x.$ is malformed"),
        (passing("States.MathAdd($.a, b)"), "x.$ is malformed"),
        (failing("States.MathAdd($.a, 1)"), "CausePath: States.MathAdd can't be used here"),
        (failing("States.Format('{} of {}', $.a)"), "States.Format needs as many values"),
        (failing("{} of {}"), "CausePath is no reference path"),
    ],
)
def test_a_bad_machine_is_found_out(machine: dict[str, Any], says: str) -> None:
    assert any(says in problem for problem in problems(machine)), problems(machine)


def test_a_name_may_be_used_once_in_all_machines_below() -> None:
    inner = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    assert "the name 'Done' is used twice" in problems(changed("First", Type="Map", ItemProcessor=inner))

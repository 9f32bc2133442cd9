"""The gatekeeper loop by itself: every property, as the States Language has it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn

from stacks.constructs.gatekeeper_loop import BadLoop, GatekeeperLoop
from tests.infra.asl import problems
from tests.infra.synthesis import text

Definition = Mapping[str, Any]
CHECK = "arn:aws:lambda:us-east-1:111122223333:function:check"


def check(scope: Stack, name: str = "Check") -> lambda_.IFunction:
    return lambda_.Function.from_function_arn(scope, name, CHECK)


def definition(stack: Stack, start: sfn.IChainable) -> Definition:
    """The machine's definition; it is valid in the States Language."""
    sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(start))
    template = App.of(stack).synth().get_stack_by_name(stack.stack_name).template  # type: ignore[union-attr]
    (machine,) = (one for one in template["Resources"].values() if one["Type"] == "AWS::StepFunctions::StateMachine")
    found: Definition = json.loads(text(machine["Properties"]["DefinitionString"]))
    assert problems(found) == []
    return found


def looped(**properties: Any) -> Definition:
    """A machine of one loop and a state `Done`; `exhausted` true stands for a state of that name."""
    stack = Stack(App(), "Loops")
    if properties.pop("exhausted", False):
        properties["exhausted"] = sfn.Succeed(stack, "Continue")
    loop = GatekeeperLoop(stack, "Loop", check=check(stack), attempts=properties.pop("attempts", 7), **properties)
    loop.gatekeeper.next(sfn.Succeed(stack, "Done"))
    return definition(stack, loop.start)


def catches(machine: Definition) -> dict[str, str]:
    """Error name to the state that it leads to."""
    rules = machine["States"]["Gatekeeper"].get("Catch", [])
    assert {rule["ResultPath"] for rule in rules} <= {"$.not_ready"}
    return {error: rule["Next"] for rule in rules for error in rule["ErrorEquals"]}


def retries(machine: Definition) -> dict[str, dict[str, Any]]:
    """The retry rules by their first error's name."""
    return {rule["ErrorEquals"][0]: rule for rule in machine["States"]["Gatekeeper"]["Retry"]}


def test_by_default_it_is_polled_then_forced() -> None:
    machine = looped()
    assert machine["StartAt"] == "Gatekeeper"
    assert set(machine["States"]) == {"Gatekeeper", "ForceGatekeeper", "Done"}
    gatekeeper = machine["States"]["Gatekeeper"]
    assert (gatekeeper["Resource"], gatekeeper["ResultPath"], gatekeeper["Next"]) == (CHECK, "$.gatekeeper", "Done")
    assert catches(machine) == {"NotReadyError": "ForceGatekeeper", "DeadlinePassed": "ForceGatekeeper"}
    assert retries(machine)["NotReadyError"] == {
        "ErrorEquals": ["NotReadyError"],
        "IntervalSeconds": 2,
        "BackoffRate": 1.5,
        "MaxDelaySeconds": 30,
        "JitterStrategy": "FULL",
        "MaxAttempts": 7,
    }
    force = machine["States"]["ForceGatekeeper"]
    assert (force["Type"], force["Result"], force["ResultPath"], force["Next"]) == (
        "Pass",
        True,
        "$.force",
        "Gatekeeper",
    )


def test_only_what_is_not_ready_waits_and_only_its_end_is_caught() -> None:
    machine = looped(exhausted=True)
    assert set(retries(machine)) == {"NotReadyError", "ForceIncomplete", "Lambda.ClientExecutionTimeoutException"}
    assert set(catches(machine)) == {"NotReadyError", "DeadlinePassed"}


def test_used_up_it_goes_elsewhere_and_a_deadline_still_forces() -> None:
    assert catches(looped(exhausted=True)) == {"NotReadyError": "Continue", "DeadlinePassed": "ForceGatekeeper"}


def test_without_force_it_fails() -> None:
    machine = looped(force=False)
    assert set(machine["States"]) == {"Gatekeeper", "Done"}
    assert catches(machine) == {}
    assert "ForceIncomplete" not in retries(machine)


def test_without_force_but_used_up_it_goes_elsewhere_and_a_deadline_fails() -> None:
    machine = looped(force=False, exhausted=True)
    assert set(machine["States"]) == {"Gatekeeper", "Continue", "Done"}
    assert catches(machine) == {"NotReadyError": "Continue"}


def test_waits_and_the_results_place_can_be_chosen() -> None:
    machine = looped(
        attempts=1,
        interval=Duration.minutes(1),
        backoff=1,
        longest=Duration.minutes(5),
        result_path="$.checks.queue",
    )
    waits = retries(machine)["NotReadyError"]
    assert (waits["IntervalSeconds"], waits["BackoffRate"], waits["MaxDelaySeconds"], waits["MaxAttempts"]) == (
        60,
        1,
        300,
        1,
    )
    assert machine["States"]["Gatekeeper"]["ResultPath"] == "$.checks.queue"


def test_two_loops_fit_into_one_machine_and_the_firsts_force_ends_with_it() -> None:
    stack = Stack(App(), "Loops")
    first, second = (
        GatekeeperLoop(stack, name, check=check(stack, f"Check{name}"), attempts=3, prefix=name, result_path=path)
        for name, path in (("Queue", "$.queue"), ("Files", "$.files"))
    )
    second.gatekeeper.next(sfn.Succeed(stack, "Done"))
    first.gatekeeper.next(second.start)
    machine = definition(stack, first.start)
    kinds = ("Start", "Gatekeeper", "ForceGatekeeper")
    assert set(machine["States"]) == {"Done", *(f"{loop} {kind}" for loop in ("Queue", "Files") for kind in kinds)}
    assert machine["StartAt"] == "Queue Start"
    assert machine["States"]["Queue Gatekeeper"]["Next"] == "Files Start"
    start = machine["States"]["Files Start"]
    assert (start["Result"], start["ResultPath"], start["Next"]) == (False, "$.force", "Files Gatekeeper")


def test_it_can_be_entered_where_it_is_forced() -> None:
    stack = Stack(App(), "Loops")
    loop = GatekeeperLoop(stack, "Loop", check=check(stack), attempts=3)
    loop.gatekeeper.next(sfn.Succeed(stack, "Done"))
    assert loop.force is not None
    choice = sfn.Choice(stack, "Cancel?").when(sfn.Condition.is_present("$.cancel"), loop.force)
    machine = definition(stack, choice.otherwise(loop.gatekeeper))
    assert [rule["Next"] for rule in machine["States"]["Cancel?"]["Choices"]] == ["ForceGatekeeper"]
    assert GatekeeperLoop(stack, "Unforced", check=check(stack, "B"), attempts=3, force=False).force is None


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"attempts": 0}, r"attempts is 0, expected a whole number from 1 to 5,000"),
        ({"attempts": 5001}, r"attempts is 5001"),
        ({"attempts": 2.5}, r"attempts is 2\.5"),
        ({"attempts": True}, r"attempts is True"),
        ({"backoff": 0.9}, r"backoff is 0\.9, expected 1 \(all waits alike\) to 100"),
        ({"backoff": float("nan")}, r"backoff is nan"),
        ({"interval": Duration.millis(500)}, r"interval is '0\.5 s', expected whole seconds"),
        ({"interval": Duration.millis(2500)}, r"interval is '2\.5 s'"),
        ({"longest": Duration.seconds(2)}, r"longest is '2 s', expected whole seconds, more than interval \(2\)"),
        ({"interval": Duration.minutes(1)}, r"longest is '30 s', .* more than interval \(60\)"),
        ({"longest": Duration.days(2)}, r"longest is '172800 s', .* at most a day"),
        ({"prefix": ""}, r"prefix is ''"),
        ({"prefix": " Queue"}, r"prefix is ' Queue'"),
        ({"prefix": "a\nb"}, r"prefix is 'a\\nb'"),
        ({"prefix": "x" * 51}, r"expected up to 50 letters"),
        ({"result_path": "gatekeeper"}, r"result_path is 'gatekeeper', expected a path such as \$\.gatekeeper"),
        ({"result_path": "$"}, r"result_path is '\$'"),
        ({"result_path": "$.force"}, r"other than \$\.force"),
    ],
)
def test_bad_properties_are_refused_by_name(properties: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadLoop, match=rf"the gatekeeper loop Loops/Loop: .*{problem}"):
        looped(**properties)

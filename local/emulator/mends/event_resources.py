"""An event that a state puts on a bus names its execution and its state machine.

AWS appends both ARNs to `Resources` of every entry of `events:putEvents`; the emulator doesn't.
"""

from typing import Any

from local.emulator.patching import module, rewrite

PUT_EVENTS = "arn:aws:states:::events:putEvents"
CALL = "task_result = _invoke_resource(resource, effective)"
CALL_MENDED = "task_result = _invoke_resource(resource, _tallygate_tied(resource, effective, ctx))"


def tied(resource: str, given: Any, context: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return a task's input, with the ARNs in each entry where it puts events."""
    if not resource.startswith(PUT_EVENTS):
        return given
    arns = [context["Execution"]["Id"], context["StateMachine"]["Id"]]
    entries = [{**entry, "Resources": [*entry.get("Resources", ()), *arns]} for entry in given.get("Entries", ())]
    return {**given, "Entries": entries}


def apply() -> None:
    """Add the ARNs before the events are put."""
    rewrite(module("services.stepfunctions"), "_execute_task", (CALL, CALL_MENDED), _tallygate_tied=tied)

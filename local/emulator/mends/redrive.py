"""RedriveExecution: an execution that failed or was aborted goes on from the state that it failed in.

AWS keeps name, ARN, input, definition and history, appends `ExecutionRedriven`, counts retries anew and says in
DescribeExecution how often it was redriven. The emulator knows no such action. What AWS also does and this does not:
of a failed Map or Parallel state only the failed children are run again there; here the whole state is.
"""

import contextvars
import copy
import json
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from local.emulator.patching import module, rewrite, wrap

Answer = tuple[int, dict[str, str], bytes]
MAX_EVENTS = 24_999
_POINT = "tallygate_point"
_AGAIN = "tallygate_again"
_TOKENS = "tallygate_tokens"
_SCHEDULED_AGAIN = ("Task", "Parallel", "Map")  # these are not entered a second time

LOOP = '        while current_name and execution["status"] == "RUNNING":\n'
LOOP_MENDED = """        current_name, current_input = _tallygate_resumed(execution, current_name, current_input, ctx)
        while current_name and execution["status"] == "RUNNING":
            _tallygate_at(execution, current_name, current_input, ctx)
"""
DEFINITION = 'definition = json.loads(sm["definition"])'
DEFINITION_MENDED = 'definition = json.loads(execution.setdefault("tallygate_definition", sm["definition"]))'
ENTERED = '            _add_event(execution, f"{state_type}StateEntered", {\n'
ENTERED_MENDED = (
    "            if not _tallygate_scheduled_again(execution, state_type): "
    '_add_event(execution, f"{state_type}StateEntered", {\n'
)


def at(execution: dict[str, Any], state: str, given: Any, context: dict[str, Any]) -> None:  # noqa: ANN401
    """Remember where the execution is, and with what."""
    execution[_POINT] = {"state": state, "input": given, "variables": copy.deepcopy(context["variables"])}


def resumed(execution: dict[str, Any], start: str, given: Any, context: dict[str, Any]) -> tuple[str, Any]:  # noqa: ANN401
    """Return where to begin and with what: at the start, or where a redriven execution had come to."""
    context["Execution"]["RedriveCount"] = execution.get("redriveCount", 0)
    point = execution.get(_POINT)
    if point is None:
        return start, given
    context["variables"] = copy.deepcopy(point["variables"])
    return point["state"], copy.deepcopy(point["input"])


def scheduled_again(execution: dict[str, Any], kind: str) -> bool:
    """Whether this is the state that a redrive begins with, and its history already says that it was entered."""
    return bool(execution.pop(_AGAIN, False)) and kind in _SCHEDULED_AGAIN


def redriven(machine: Any, given: dict[str, Any]) -> Answer:  # noqa: ANN401  # the emulator's module
    """Answer RedriveExecution."""
    refuse: Callable[[str, str, int], Answer] = machine.error_response_json
    arn, token = given.get("executionArn", ""), given.get("clientToken")
    execution = machine._executions.get(arn)  # noqa: SLF001
    if execution is None:
        return refuse("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'", 400)
    if token and token in execution.get(_TOKENS, ()):
        return _json(machine, {"redriveDate": execution["redriveDate"]})
    status, reason = standing(execution)
    if status != "REDRIVABLE":
        return refuse("ExecutionNotRedrivable", reason, 400)
    again = _again(machine, execution, token)
    # A record of its own: the thread of an aborted execution, which may still be in its state, keeps the old one.
    machine._executions[arn] = again  # noqa: SLF001
    machine._emit_execution_status_event(again)  # noqa: SLF001
    run = machine._run_execution  # noqa: SLF001
    threading.Thread(target=contextvars.copy_context().run, args=(run, arn), daemon=True).start()
    return _json(machine, {"redriveDate": again["redriveDate"]})


def standing(execution: dict[str, Any]) -> tuple[str, str]:
    """Return DescribeExecution's `redriveStatus` and `redriveStatusReason`."""
    status = execution["status"]
    if status in ("RUNNING", "SUCCEEDED"):
        return "NOT_REDRIVABLE", f"Execution is {status} and cannot be redriven"
    if execution.get("sync") or _POINT not in execution:
        return "NOT_REDRIVABLE", "Only executions of Standard state machines that have begun can be redriven"
    if len(execution["events"]) >= MAX_EVENTS:
        return "NOT_REDRIVABLE", f"Execution has {MAX_EVENTS} or more events in its history"
    return "REDRIVABLE", ""


def described(machine: Any, answer: Answer, given: dict[str, Any]) -> Answer:  # noqa: ANN401  # the emulator's module
    """Return DescribeExecution's answer with what it says of redrives."""
    execution = machine._executions.get(given.get("executionArn"))  # noqa: SLF001
    if answer[0] != 200 or execution is None:
        return answer
    status, reason = standing(execution)
    fields = {"redriveCount": execution.get("redriveCount", 0), "redriveStatus": status}
    if reason:
        fields["redriveStatusReason"] = reason
    if "redriveDate" in execution:
        fields["redriveDate"] = execution["redriveDate"]
    return _json(machine, json.loads(answer[2]) | fields)


def apply() -> None:
    """Answer the action, and remember each state as it is entered."""
    machine = module("services.stepfunctions")
    rewrite(
        machine,
        "_run_execution",
        (LOOP, LOOP_MENDED),
        (DEFINITION, DEFINITION_MENDED),
        (ENTERED, ENTERED_MENDED),
        _tallygate_at=at,
        _tallygate_resumed=resumed,
        _tallygate_scheduled_again=scheduled_again,
    )
    rewrite(
        machine,
        "_emit_execution_status_event",
        ('"redriveCount": 0,', '"redriveCount": execution.get("redriveCount", 0),'),
    )
    wrap(machine, "_describe_execution", lambda describe: lambda given: described(machine, describe(given), given))
    wrap(machine, "handle_request", lambda handle: _handling(machine, handle))


def _handling(machine: Any, handle: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:  # noqa: ANN401
    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Answer:
        if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
            answer: Answer = machine._finalize_response(redriven(machine, json.loads(body)))  # noqa: SLF001
            return answer
        return await handle(method, path, headers, body, query_params)

    return handle_request


def _again(machine: Any, execution: dict[str, Any], token: str | None) -> dict[str, Any]:  # noqa: ANN401
    count = execution.get("redriveCount", 0) + 1
    again = {**execution, "status": "RUNNING", "stopDate": None, "output": None, "events": list(execution["events"])}
    again.update({"redriveCount": count, "redriveDate": machine.now_iso(), _AGAIN: True})
    again[_TOKENS] = [*execution.get(_TOKENS, ()), *([token] if token else ())]
    for field in ("error", "cause"):
        again.pop(field, None)
    machine._add_event(again, "ExecutionRedriven", {"executionRedrivenEventDetails": {"redriveCount": count}})  # noqa: SLF001
    return again


def _json(machine: Any, content: dict[str, Any]) -> Answer:  # noqa: ANN401
    answer: Answer = machine.json_response(content)
    return answer

"""StartExecution refuses a name that AWS refuses, and starts the same execution once.

With the name and the input of an execution that is running AWS answers as it did the first time; with another input,
or when that execution has ended, ExecutionAlreadyExists. The emulator refuses both, and takes any name, of any length:
one that is made in a state from a batch's name would fail on AWS only.
"""

import re
from collections.abc import Callable
from typing import Any

from local.emulator.patching import module, wrap

Answer = tuple[int, dict[str, str], bytes]
Start = Callable[[dict[str, Any]], Answer]
NAME = re.compile(r"""[^\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}""")


def started_once(machine: Any, start: Start) -> Start:  # noqa: ANN401  # the emulator's module
    """Return a `_start_execution` that looks at the name first."""

    def start_execution(given: dict[str, Any]) -> Answer:
        name = given.get("name")
        if name is None:
            return start(given)
        answer: Answer
        if not NAME.fullmatch(name):
            answer = machine.error_response_json("InvalidName", f"Invalid Name: '{name}'", 400)
            return answer
        running = _running(machine, given)
        if running is None or running["input"] != given.get("input", "{}"):
            return start(given)
        answer = machine.json_response({"executionArn": running["executionArn"], "startDate": running["startDate"]})
        return answer

    return start_execution


def _running(machine: Any, given: dict[str, Any]) -> dict[str, Any] | None:  # noqa: ANN401
    """Return the execution of that name, if it is running."""
    arn = machine._resolve_state_machine_arn(given.get("stateMachineArn", "").partition("#")[0])  # noqa: SLF001
    if arn is None:
        return None
    standing: dict[str, Any] | None = machine._executions.get(  # noqa: SLF001
        f"{arn.replace(':stateMachine:', ':execution:')}:{given['name']}"
    )
    return standing if standing and standing["status"] == "RUNNING" else None


def apply() -> None:
    """Look at the name before anything is started."""
    machine = module("services.stepfunctions")
    wrap(machine, "_start_execution", lambda start: started_once(machine, start))

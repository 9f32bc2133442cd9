"""A path that leads nowhere fails the execution with States.Runtime, which no Catch of States.ALL holds up.

The emulator goes on with null: a state that reads a field that nobody wrote works here and fails on AWS. `IsPresent`
alone may ask for what is not there; a field that is null is present.
"""

from typing import Any

from local.emulator.patching import module, rewrite

MATCHES = '    if "States.ALL" in error_equals or error in error_equals:\n'
MATCHES_MENDED = '    if error == "States.Runtime":\n        return error in error_equals\n' + MATCHES
PAST_THE_END = """                elif isinstance(current, list):
                    resolved.append(None)
"""
NOTHING = "    return values[0] if values else None\n"
NOTHING_MENDED = "    return values[0] if values else _tallygate_missing(path)\n"
LOOKED_UP = "    value = _resolve_path_or_ctx(variable, data, ctx)\n"
PRESENT = """    if "IsPresent" in rule:
        return _tallygate_present(variable, data, ctx) == rule["IsPresent"]
"""


def missing(path: str) -> None:
    """Raise what AWS fails with."""
    cause = f"The JSONPath '{path}' could not be found in the input"
    raise module("services.stepfunctions")._ExecutionError("States.Runtime", cause)  # noqa: SLF001


def present(path: str, data: Any, context: dict[str, Any] | None) -> bool:  # noqa: ANN401
    """Whether a Choice's variable is there, null or not."""
    machine = module("services.stepfunctions")
    try:
        machine._resolve_path_or_ctx(path, data, context)  # noqa: SLF001
    except machine._ExecutionError:  # noqa: SLF001
        return False
    return True


def apply() -> None:
    """Raise where nothing is found."""
    machine = module("services.stepfunctions")
    rewrite(machine, "_resolve_path", (PAST_THE_END, ""), (NOTHING, NOTHING_MENDED), _tallygate_missing=missing)
    rewrite(machine, "_evaluate_rule", (LOOKED_UP, PRESENT + LOOKED_UP), _tallygate_present=present)
    rewrite(machine, "_error_matches", (MATCHES, MATCHES_MENDED))

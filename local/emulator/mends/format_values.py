"""States.Format writes `true`, `null` and JSON, and wants as many values as there are `{}`.

The emulator writes Python's `True`, `None` and `{'a': 1}`, and leaves a place without a value empty.
"""

import json
from typing import Any

from local.emulator.patching import module, rewrite

PUT_IN = """                if arg_idx < len(args):
                    val = args[arg_idx]
                    out.append(str(val) if not isinstance(val, str) else val)
                    arg_idx += 1
"""
PUT_IN_MENDED = """                out.append(_tallygate_text(args, arg_idx))
                arg_idx += 1
"""
DONE = '        return "".join(out)\n'
DONE_MENDED = "        _tallygate_all_used(args, arg_idx)\n" + DONE


def text(values: list[Any], place: int) -> str:
    """Return the value that goes to a place (the template is number 0), as AWS writes it."""
    if place >= len(values):
        raise _failure(values)
    value = values[place]
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def all_used(values: list[Any], used: int) -> None:
    """Fail where there are more values than places."""
    if used < len(values):
        raise _failure(values)


def apply() -> None:
    """Write values as JSON, and count them."""
    rewrite(
        module("services.stepfunctions"),
        "_exec_intrinsic",
        (PUT_IN, PUT_IN_MENDED),
        (DONE, DONE_MENDED),
        _tallygate_text=text,
        _tallygate_all_used=all_used,
    )


def _failure(values: list[Any]) -> Exception:
    cause = f"States.Format: {values[0]!r} and {len(values) - 1} values do not fit each other"
    error: Exception = module("services.stepfunctions")._ExecutionError("States.IntrinsicFailure", cause)  # noqa: SLF001
    return error

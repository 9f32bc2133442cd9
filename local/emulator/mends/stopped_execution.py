"""StopExecution ends an execution that is waiting to retry.

The emulator marks it ABORTED but goes on retrying the task behind it, for ever in a gatekeeper's loop, and a failure
of that task then turns ABORTED into FAILED.
"""

from collections.abc import Callable
from typing import Any

from local.emulator.patching import module, rewrite, wrap

MENDED = """retry_counts[retrier_idx] = count + 1
                if execution["status"] != "RUNNING":
                    raise
                continue
"""


def only_if_running(fail: Callable[..., None]) -> Callable[..., None]:
    """Return a `_fail_execution` that leaves an execution alone once it has ended."""

    def fail_running(execution: dict[str, Any], error: str, cause: str) -> None:
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    return fail_running


def apply() -> None:
    """Look at the status after each wait."""
    machine = module("services.stepfunctions")
    rewrite(
        machine,
        "_execute_task",
        (
            "retry_counts[retrier_idx] = count + 1\n                continue\n",
            MENDED,
        ),
    )
    wrap(machine, "_fail_execution", only_if_running)

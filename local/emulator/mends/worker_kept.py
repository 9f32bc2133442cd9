"""An exception of the handler leaves its worker alive.

On AWS the execution environment goes on to the next invocation after an unhandled exception. The emulator kills the
process, so that each `NotReadyError` of the gatekeeper costs a cold start, and module state is lost where it is
not lost on AWS.
"""

from local.emulator.patching import module, rewrite


def apply() -> None:
    """Kill the worker only when it was not the handler that raised (then there is a trace)."""
    rewrite(
        module("core.lambda_runtime").Worker,
        "invoke",
        ('if response.get("status") == "error":', 'if response.get("status") == "error" and "trace" not in response:'),
    )

"""The class of an exception is the error's type.

AWS reports `errorType` as the name of the exception's class, and Step Functions matches Retry and Catch against
it. The emulator loses the name and always says `Runtime.HandlerError`, so a Retry on `NotReadyError` never matches
and the gatekeeper's loop fails. An exception while the module is loaded is reported as `RuntimeError`.
"""

from typing import Any

from local.emulator.patching import module, rewrite, rewrite_text

HANDLER_FAILED = '{"status": "error", "error": str(e), "trace": traceback.format_exc()}'
HANDLER_FAILED_MENDED = (
    '{"status": "error", "error": str(e), "trace": traceback.format_exc(), "errorType": type(e).__name__,'
    ' "stackTrace": traceback.format_tb(e.__traceback__)}'
)
INIT_FAILED = '{"status": "error", "error": str(e)}'
INIT_FAILED_MENDED = (
    '{"status": "error", "error": str(e), "errorType":'
    ' "Runtime.ImportModuleError" if isinstance(e, ImportError) else type(e).__name__}'
)


class InitError(RuntimeError):
    """The function's module could not be loaded."""

    def __init__(self, response: dict[str, Any]) -> None:
        super().__init__(str(response.get("error")))
        self.error_type = str(response.get("errorType", "Runtime.Unknown"))


def apply() -> None:
    """Carry the name from the worker's script through to the body of the invocation's error."""
    runtime = module("core.lambda_runtime")
    rewrite_text(
        runtime,
        "_PYTHON_WORKER_SCRIPT",
        (HANDLER_FAILED, HANDLER_FAILED_MENDED),
        (INIT_FAILED, INIT_FAILED_MENDED),
    )
    rewrite(
        runtime.Worker,
        "_spawn",
        (
            """raise RuntimeError(f"Worker init failed: {response.get('error')}")""",
            "raise _tallygate_init_error(response)",
        ),
        _tallygate_init_error=InitError,
    )
    rewrite(
        module("services.lambda_svc"),
        "_execute_function_warm",
        (
            'error_type = "Runtime.HandlerError"',
            'error_type = result.get("errorType", "Runtime.Unknown")',
        ),
        (
            '"errorType": error_type,\n',
            '"errorType": error_type,\n"requestId": request_id,\n"stackTrace": result.get("stackTrace", []),\n',
        ),
        (
            '"errorType": type(e).__name__}',
            '"errorType": getattr(e, "error_type", type(e).__name__), "requestId": request_id}',
        ),
    )

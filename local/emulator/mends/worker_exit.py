"""A worker process that ends before it answers is an error of that one invocation.

AWS answers `Runtime.ExitError`, `RequestId: … Error: Runtime exited with error: signal: killed` (or `exit status
n`), and other invocations of the function go on. The emulator says `Worker process died` with the type of a
handler's error, or `Broken pipe`; and where the process ends while it loads the module, it kills all other workers
of the function with it. Here a killed worker must look like one, and take nobody along.
"""

import contextlib
import signal
import subprocess
from typing import Any

from local.emulator.patching import module, rewrite

EXIT_ERROR = "Runtime.ExitError"
REAP_SECONDS = 2.0


class WorkerExitError(RuntimeError):
    """The worker process ended while it loaded the function's module."""

    error_type = EXIT_ERROR


def exited(process: "subprocess.Popen[str] | None", request_id: str) -> dict[str, Any]:
    """Return what AWS answers for the end of `process`."""
    return {"status": "error", "error": words(process, request_id), "errorType": EXIT_ERROR}


def words(process: "subprocess.Popen[str] | None", request_id: str) -> str:
    """Say how `process` ended, as AWS does."""
    status = None
    if process is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = process.wait(timeout=REAP_SECONDS)
    if status is None:
        how = "unknown"
    elif status < 0:
        how = f"signal: {(signal.strsignal(-status) or str(-status)).lower()}"
    else:
        how = f"exit status {status}"
    return f"RequestId: {request_id} Error: Runtime exited with error: {how}"


def lost(error: Exception, process: "subprocess.Popen[str] | None", request_id: str) -> dict[str, Any]:
    """Return the answer for an exception between us and the worker: a pipe that broke is a worker that ended."""
    if isinstance(error, OSError):
        return exited(process, request_id)
    return {"status": "error", "error": str(error)}


def left(worker: Any) -> WorkerExitError:  # noqa: ANN401
    """Return the error for a worker that ended while it loaded the module."""
    return WorkerExitError(words(worker._proc, "none"))  # noqa: SLF001


def apply() -> None:
    """Report the end of the process, and drop only the worker that ended."""
    worker = module("core.lambda_runtime").Worker
    rewrite(
        worker,
        "invoke",
        (
            'result_box.append({"status": "error", "error": "Worker process died"})',
            "result_box.append(_tallygate_exited(self._proc, request_id))",
        ),
        (
            'result_box.append({"status": "error", "error": str(e)})',
            "result_box.append(_tallygate_lost(e, self._proc, request_id))",
        ),
        _tallygate_exited=exited,
        _tallygate_lost=lost,
    )
    rewrite(
        worker,
        "_spawn",
        (
            'raise RuntimeError(f"Worker process exited immediately. stderr: {stderr_out}")',
            "raise _tallygate_left(self)",
        ),
        _tallygate_left=left,
    )
    rewrite(
        module("services.lambda_svc"),
        "_execute_function_warm",
        (
            ("invalidate_worker(", "worker = None  # invalidate_worker already dropped it from the pool"),
            "worker.kill()",
        ),
    )

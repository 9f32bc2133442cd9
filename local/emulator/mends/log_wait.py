"""No invocation waits for log lines that will not come.

After each invocation the emulator waits up to 50 ms for the handler's first log line, as it cannot know whether
one is on its way: a silent handler is limited to 20 invocations a second per worker. Here the worker's script marks
the end of its log output for each invocation, and we wait for that mark. The lines are also appended to the file
`TALLYGATE_HANDLER_LOG`, for they are what one wants to read when a run went wrong.
"""

import os
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.emulator.patching import module, rewrite, rewrite_text, wrap

MARK = "\x1f"
"""Unit separator, followed by the request id: the worker has written all that belongs to that invocation."""
PATIENCE_SECONDS = 0.25
SCRIPT_END = "        _real_stdout.flush()\n\nrun()\n"
SCRIPT_END_MENDED = (
    "        sys.stderr.flush()\n"
    f'        os.write(2, ("{MARK}" + str(_ms_ctx.get("request_id", "")) + "\\n").encode())\n' + SCRIPT_END
)


def drain(worker: Any, request_id: str) -> str:  # noqa: ANN401
    """Return the log lines up to the mark of `request_id`; whatever is there if the mark does not come in time."""
    lines: list[str] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            line = worker._stderr_queue.get(timeout=max(0.0, deadline - time.monotonic()))  # noqa: SLF001
        except queue.Empty:
            break
        text, mark, owner = line.partition(MARK)
        if text or not mark:
            lines.append(text)
        if mark and owner == request_id:
            break
    return "\n".join(lines)


def to_file(path: Path) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a wrapper of the emulator's log sink that appends each invocation's lines to `path` as well."""
    lock = threading.Lock()

    def around(emit: Callable[..., None]) -> Callable[..., None]:
        def emit_and_append(func: dict[str, Any], request_id: str, text: str, *rest: Any, **more: Any) -> None:  # noqa: ANN401
            name = (func.get("config") or func).get("FunctionName", "?")
            if text:
                with lock, path.open("a") as log:
                    log.write("".join(f"{name} {request_id} {line}\n" for line in text.splitlines()))
            emit(func, request_id, text, *rest, **more)

        return emit_and_append

    return around


def apply() -> None:
    """Mark the end in the worker's script, wait for the mark, keep the lines."""
    runtime = module("core.lambda_runtime")
    rewrite_text(runtime, "_PYTHON_WORKER_SCRIPT", (SCRIPT_END, SCRIPT_END_MENDED))
    rewrite(
        runtime.Worker,
        "invoke",
        (
            'response["log"] = self._drain_stderr_bounded()',
            'response["log"] = _tallygate_drain(self, request_id)',
        ),
        _tallygate_drain=drain,
    )
    if log := os.environ.get("TALLYGATE_HANDLER_LOG"):
        wrap(module("services.lambda_svc"), "_emit_lambda_logs", to_file(Path(log)))

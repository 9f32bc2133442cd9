"""Kills worker processes of the emulator, at once or in the middle of chosen invocations.

Only processes that the emulator's own worker pool started are ever touched: a kill goes through the pool's handle
of the process, not through a process id that may have a new owner.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from local.emulator.meter.counts import Meter
from local.emulator.patching import module, wrap

POLL_SECONDS = 0.01


class Kills:
    """The plan: which invocations of which function lose their worker, and when."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._lock = threading.Lock()
        self._plan: dict[str, dict[int, float]] = {}
        self._seen: dict[str, int] = {}
        self._running: dict[Any, str] = {}

    def install(self) -> None:
        """Watch the emulator's workers."""
        wrap(module("core.lambda_runtime").Worker, "invoke", self._watched)

    def plan(self, function: str, at: dict[int, float]) -> None:
        """Set the plan of a function, counting from now: invocation number (from 1) to seconds after its start."""
        with self._lock:
            self._plan[function] = dict(at)
            self._seen[function] = 0

    def now(self, function: str) -> int:
        """Kill every worker that is in an invocation of `function`. Returns how many."""
        with self._lock:
            workers = [worker for worker in self._running if worker.func_name == function]
        return sum(self._kill(worker) for worker in workers)

    def _watched(self, invoke: Callable[..., Any]) -> Callable[..., Any]:
        def invoke_watched(worker: Any, event: Any, request_id: str, **more: Any) -> Any:  # noqa: ANN401
            delay = self._enter(worker, request_id)
            if delay is not None:
                threading.Thread(target=self._kill_later, args=(worker, request_id, delay), daemon=True).start()
            try:
                return invoke(worker, event, request_id, **more)
            finally:
                with self._lock:
                    self._running.pop(worker, None)

        return invoke_watched

    def _enter(self, worker: Any, request_id: str) -> float | None:  # noqa: ANN401
        with self._lock:
            self._running[worker] = request_id
            function = worker.func_name
            if function not in self._plan:
                return None
            self._seen[function] += 1
            return self._plan[function].get(self._seen[function])

    def _kill_later(self, worker: Any, request_id: str, delay: float) -> None:  # noqa: ANN401
        """Wait until the process has loaded its module, then for `delay`; kill if it is still at that invocation."""
        while self._running.get(worker) == request_id and (worker._proc is None or worker._cold):  # noqa: SLF001
            time.sleep(POLL_SECONDS)
        time.sleep(delay)
        if self._running.get(worker) == request_id:
            self._kill(worker)

    def _kill(self, worker: Any) -> bool:  # noqa: ANN401
        process = worker._proc  # noqa: SLF001
        if process is None or process.poll() is not None:
            return False
        process.kill()
        self._meter.function(worker.func_name, "kills")
        return True

"""Counts Lambda invocations and cold starts, where all of them pass: also those of Step Functions and async ones."""

from collections.abc import Callable
from typing import Any

from local.emulator.meter.counts import Meter
from local.emulator.patching import module, wrap


def install(meter: Meter) -> None:
    """Put the meter around the emulator's executor."""

    def counted(dispatch: Callable[..., Any]) -> Callable[..., Any]:
        def dispatch_counted(func: Any, config: dict[str, Any], *rest: Any) -> Any:  # noqa: ANN401
            meter.function(config.get("FunctionName", "?"), "invocations")
            return dispatch(func, config, *rest)

        return dispatch_counted

    def counted_start(spawn: Callable[..., Any]) -> Callable[..., Any]:
        def spawn_counted(worker: Any, *rest: Any) -> Any:  # noqa: ANN401
            meter.function(worker.func_name, "cold_starts")
            return spawn(worker, *rest)

        return spawn_counted

    wrap(module("services.lambda_svc"), "_execute_function_dispatch", counted)
    wrap(module("core.lambda_runtime").Worker, "_spawn", counted_start)

"""A Distributed Map takes its concurrency from the input where MaxConcurrencyPath says so.

The emulator reads only the literal MaxConcurrency and otherwise starts up to 64 children at once: 64 worker
processes on a laptop.
"""

from typing import Any

from local.emulator.patching import module, rewrite


def concurrency(state: dict[str, Any], effective: Any, context: dict[str, Any]) -> int:  # noqa: ANN401
    """Return the number of children at a time, 0 for no limit of the state's own."""
    path = state.get("MaxConcurrencyPath")
    if path is None:
        return int(state.get("MaxConcurrency") or 0)
    machine = module("services.stepfunctions")
    value = machine._resolve_path_or_ctx(path, effective, context)  # noqa: SLF001
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise machine._ExecutionError(  # noqa: SLF001
            "States.Runtime", f"The value of MaxConcurrencyPath {path} must be a whole number, but was {value!r}"
        )
    return value


def apply() -> None:
    """Resolve the path against the state's input."""
    rewrite(
        module("services.stepfunctions"),
        "_run_distributed_map",
        (
            'max_conc = int(state_def.get("MaxConcurrency") or 0)',
            "max_conc = _tallygate_concurrency(state_def, effective, ctx)",
        ),
        _tallygate_concurrency=concurrency,
    )

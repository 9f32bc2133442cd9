"""What the emulator gets wrong and we mend, one module per gap.

Each module's docstring says what AWS does, what the emulator does, and why it matters here; its `apply` mends it.
Each has a test in tests/local that fails with `TALLYGATE_UNMENDED=<name>`.
"""

from collections.abc import Callable, Collection

from local.emulator.mends import (
    batch_actions,
    bisect,
    error_type,
    event_resources,
    event_sources_apart,
    execution_name,
    format_values,
    function_versions,
    gone_receiver,
    integration_errors,
    known_pipelines,
    layer_arn,
    layers_once,
    leading_keys,
    log_wait,
    macros,
    map_concurrency,
    mapping_properties,
    missing_path,
    on_failure,
    partial_batch,
    point_in_time,
    queue_answer,
    redrive,
    retry_delay,
    retry_limit,
    saved_queries,
    scan_order,
    sort_key_range,
    stopped_execution,
    stream_kept,
    version_range,
    worker_exit,
    worker_kept,
)

MENDS: dict[str, Callable[[], None]] = {
    "error_type": error_type.apply,
    "worker_exit": worker_exit.apply,
    "worker_kept": worker_kept.apply,
    "log_wait": log_wait.apply,
    "layers_once": layers_once.apply,
    "layer_arn": layer_arn.apply,
    "function_versions": function_versions.apply,
    "retry_delay": retry_delay.apply,
    "stopped_execution": stopped_execution.apply,
    "map_concurrency": map_concurrency.apply,
    "missing_path": missing_path.apply,
    "format_values": format_values.apply,
    "execution_name": execution_name.apply,
    "integration_errors": integration_errors.apply,
    "event_resources": event_resources.apply,
    "redrive": redrive.apply,
    "version_range": version_range.apply,
    "sort_key_range": sort_key_range.apply,
    "stream_kept": stream_kept.apply,
    "mapping_properties": mapping_properties.apply,
    "event_sources_apart": event_sources_apart.apply,
    "bisect": bisect.apply,
    "retry_limit": retry_limit.apply,
    "partial_batch": partial_batch.apply,
    "on_failure": on_failure.apply,
    "queue_answer": queue_answer.apply,
    "gone_receiver": gone_receiver.apply,
    "saved_queries": saved_queries.apply,
    "macros": macros.apply,
    "batch_actions": batch_actions.apply,
    "leading_keys": leading_keys.apply,
    "known_pipelines": known_pipelines.apply,
    "point_in_time": point_in_time.apply,
    "scan_order": scan_order.apply,
}
"""Name to mend, in the order in which they are applied."""


def apply_all(*, without: Collection[str] = ()) -> None:
    """Apply every mend but those named. Raises ValueError for a name that is no mend."""
    unknown = set(without) - MENDS.keys()
    if unknown:
        raise ValueError(f"no such mend: {', '.join(sorted(unknown))}; there are {', '.join(MENDS)}")
    for name, apply in MENDS.items():
        if name not in without:
            apply()

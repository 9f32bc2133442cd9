"""Work: one attempt at one chunk."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers

from domain import WORKERS
from tallygate import settings
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.wiring import work
from tallygate.observed import observed

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, metrics, tracer = Logger(), Metrics(), Tracer(patch_modules=("botocore",))
copy_config_to_registered_loggers(logger, include={"tallygate"})  # its lines carry the batch and the chunk too
worker = work.chunk_worker(settings.from_environment(settings.WorkSettings), WORKERS)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
@observed(metrics)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Takes `{"batch", "generation", "chunk"}`; returns nothing: what counts is the chunk's record."""
    task = ChunkTask.from_json(event)
    logger.append_keys(batch=task.batch, correlation=task.batch, chunk=task.chunk.i)
    tracer.put_annotation("correlation", task.batch)
    tracer.put_annotation("chunk", str(task.chunk.i))
    ended = worker.run(task, lambda: context.get_remaining_time_in_millis() / 1000)
    logger.info("chunk attempted", extra={"attempt": ended.attempt, "careful": ended.careful})
    for metric in ended.metrics():
        metrics.add_metric(metric.name, metric.unit, metric.value)
    return {}

"""Work: one attempt at one chunk."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from domain import WORKERS
from tallygate import settings
from tallygate.batch import wiring
from tallygate.batch.chunk_worker import Attempt, ChunkTask

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, metrics, tracer = Logger(), Metrics(), Tracer()
worker = wiring.chunk_worker(settings.from_environment(settings.WorkSettings), WORKERS)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Takes `{"batch", "generation", "chunk"}`; returns nothing: what counts is the chunk's record."""
    task = ChunkTask.from_json(event)
    attempt = worker.run(task, lambda: context.get_remaining_time_in_millis() / 1000)
    logger.info("chunk attempted", extra={"batch": task.batch, "chunk": task.chunk.i, "attempt": attempt})
    metrics.add_metric("ChunksWon", MetricUnit.Count, int(attempt is Attempt.WON))
    metrics.add_metric("ChunksLost", MetricUnit.Count, int(attempt is Attempt.LOST))
    return {}

"""Work, fed by the queue: one attempt at the chunk of each message."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from domain import WORKERS
from tallygate import settings
from tallygate.batch import chunk_message, wiring
from tallygate.batch.chunk_worker import Attempt

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, metrics, tracer = Logger(), Metrics(), Tracer()
worker = wiring.chunk_worker(settings.from_environment(settings.WorkSettings), WORKERS)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Takes an SQS event; returns the messages that are to come again, and in the end are dead letters."""
    done = {record["messageId"]: _attempt(record["body"], context) for record in event["Records"]}
    return {"batchItemFailures": [{"itemIdentifier": id} for id, is_done in done.items() if not is_done]}


def _attempt(body: str, context: "LambdaContext") -> bool:
    try:
        task = chunk_message.from_text(body)
        logger.append_keys(batch=task.batch, chunk=task.chunk.i)
        attempted = chunk_message.attempt(worker, task, lambda: context.get_remaining_time_in_millis() / 1000)
    except Exception:
        logger.exception("the attempt failed", extra={"body": body[:200]})
        metrics.add_metric("ChunksErred", MetricUnit.Count, 1)
        return False
    logger.info("chunk attempted", extra={"attempt": attempted.outcome})
    metrics.add_metric("ChunksWon", MetricUnit.Count, int(attempted.outcome is Attempt.WON))
    metrics.add_metric("ChunksLost", MetricUnit.Count, int(attempted.outcome is Attempt.LOST))
    return True

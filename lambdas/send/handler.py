"""Send: a message for each chunk of a batch into the queue."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from tallygate import settings
from tallygate.batch.wiring import send
from tallygate.observed import observed

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, metrics, tracer = Logger(), Metrics(), Tracer(patch_modules=("botocore",))
sender = send.sender(settings.from_environment(settings.SendSettings))


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
@observed(metrics)
def handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    """Takes `{"batch", "generation"}`; returns `{"sent": n}`."""
    sent = sender.send(event["batch"], event["generation"])
    logger.info("sent", extra={"batch": event["batch"], "generation": event["generation"], "chunks": sent})
    metrics.add_metric("ChunksSent", MetricUnit.Count, sent)
    return {"sent": sent}

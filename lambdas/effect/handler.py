"""Effect: a batch of Kinesis to the messages of one effect."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from domain import EFFECTS
from tallygate import clock, settings
from tallygate.deadline import Deadline
from tallygate.observed import observed
from tallygate.projections import wiring
from tallygate.projections.delivery import Record
from tallygate.projections.trace import counts, lag_milliseconds, log_lines
from tallygate.tracing import annotate

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

MARGIN_SECONDS = 5.0  # a last call's time to connect and to wait for its answer, and the log
logger, metrics, tracer = Logger(), Metrics(), Tracer(patch_modules=("botocore",))
configured = settings.from_environment(settings.EffectSettings)
delivery = wiring.effect_delivery(configured, EFFECTS)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
@observed(metrics)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Takes `Records`; returns the sequence number from which Lambda is to hand them over again, if any."""
    seconds = context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS
    delivered = delivery.deliver([Record.of(record) for record in event["Records"]], Deadline.after(seconds))
    now = clock.utc_now()
    for line in log_lines(configured.consumer, delivered.offered, now):
        logger.info("applied", extra=line)
        annotate(tracer, line["streams"])
    for reason in delivered.corrupt:
        logger.error("corrupt record", extra={"reason": reason})
    for name, count in counts(delivered).items():
        metrics.add_metric(name, MetricUnit.Count, count)
    if (lag := lag_milliseconds(delivered, now)) is not None:
        metrics.add_metric("LagMilliseconds", MetricUnit.Milliseconds, lag)
    if delivered.retry_from is None:
        return {"batchItemFailures": []}
    logger.warning("handed back", extra={"retry_from": delivered.retry_from, "trouble": delivered.trouble})
    return {"batchItemFailures": [{"itemIdentifier": delivered.retry_from}]}

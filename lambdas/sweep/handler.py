"""Sweep: heals what the transport lost, for one projection or effect."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from domain import EFFECTS, PROJECTIONS
from tallygate import clock, settings
from tallygate.deadline import Deadline
from tallygate.observed import observed
from tallygate.projections import wiring
from tallygate.projections.trace import log_lines

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

MARGIN_SECONDS = 10.0  # what is under way when the time is up is still written
logger, metrics, tracer = Logger(), Metrics(), Tracer(patch_modules=("botocore",))
configured = settings.from_environment(settings.SweepSettings)
sweeper = wiring.sweeper(configured, PROJECTIONS, EFFECTS)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
@observed(metrics)
def handler(_event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Takes nothing; goes on with the cycle, and returns how far it has come."""
    seconds = context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS
    swept = sweeper.sweep(configured.sweep_read_units, Deadline.after(seconds))
    for stream in swept.ahead:
        logger.error("ahead of the events table", extra={"consumer": configured.consumer, "stream": stream})
    for line in log_lines(configured.consumer, swept.offered, clock.utc_now()):
        logger.info("applied", extra=line)
    logger.info("swept", extra={"consumer": configured.consumer, **swept.report})
    metrics.add_metric("ParkedStreams", MetricUnit.Count, swept.cycle.parked)
    metrics.add_metric("StreamsAhead", MetricUnit.Count, len(swept.ahead))
    metrics.add_metric("StreamsWithGaps", MetricUnit.Count, swept.gaps)
    return swept.report

"""Gatekeeper: passes when every chunk has its record, raises `NotReadyError` until then."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from tallygate import settings
from tallygate.batch import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, metrics, tracer = Logger(), Metrics(), Tracer()
gatekeeper = wiring.gatekeeper(settings.from_environment(settings.GatekeeperSettings))


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    """Takes the machine's state, with `"force": true` when it is to abandon what is missing."""
    metrics.add_metric("GatekeeperPolls", MetricUnit.Count, 1)
    passed = gatekeeper.check(event["batch"], event["generation"], force=event.get("force", False))
    logger.info("passed", extra={"batch": event["batch"], **passed})
    return passed

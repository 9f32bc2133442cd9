"""Latest layer: the version of a layer that a deployment takes, for CloudFormation."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from tallygate import settings
from tallygate.deadline import Deadline
from tallygate.layer_versions import wiring
from tallygate.observed import observed

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

MARGIN_SECONDS = 3.0  # the log
logger, metrics, tracer = Logger(), Metrics(), Tracer(patch_modules=("botocore",))
resource = wiring.custom_resource(settings.from_environment(settings.LatestLayerSettings))


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
@observed(metrics)
def handler(event: dict[str, Any], context: "LambdaContext") -> None:
    """Takes a request of CloudFormation, which is answered at the address that it names."""
    seconds = context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS
    ended = resource.handle(event, Deadline.after(seconds))
    logger.info("resolved", extra={"request": event["RequestType"], "stack": event["StackId"], **ended.told()})
    for name, count in ended.counts().items():
        metrics.add_metric(name, MetricUnit.Count, count)

"""Plan: the state machine's input to a manifest record and a chunk index."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from domain import WORKERS
from tallygate import clock, settings
from tallygate.batch.plan.planner import Execution
from tallygate.batch.wiring import plan
from tallygate.observed import observed

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, metrics, tracer = Logger(), Metrics(), Tracer(patch_modules=("botocore",))
planner = plan.planner(settings.from_environment(settings.PlanSettings), WORKERS)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
@observed(metrics)
def handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    """Takes `{"input", "execution": {"name", "started"}}`; returns the state that the machine goes on with."""
    execution = Execution(name=event["execution"]["name"], started=clock.from_text(event["execution"]["started"]))
    state = planner.plan(event["input"], execution)
    logger.info("planned", extra=state)
    if state["next"] != "dry_run":
        metrics.add_metric("ItemsPlanned", MetricUnit.Count, state["items"])
    return state

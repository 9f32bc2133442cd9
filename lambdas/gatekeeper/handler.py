"""Gatekeeper: passes when every chunk has its record, raises `NotReadyError` until then."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from tallygate import settings
from tallygate.batch.errors import NotReadyError
from tallygate.batch.wiring import gate
from tallygate.observed import observed

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, metrics, tracer = Logger(), Metrics(), Tracer(patch_modules=("botocore",))
gatekeeper = gate.gatekeeper(settings.from_environment(settings.GatekeeperSettings))


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
@observed(metrics)
def handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    """Takes the machine's state, with `"force": true` when it is to abandon what is missing."""
    logger.append_keys(batch=event["batch"], correlation=event["batch"], generation=event["generation"])
    try:
        poll = gatekeeper.check(event["batch"], event["generation"], force=event.get("force", False))
    except NotReadyError as waiting:
        _emit(waiting.poll)
        raise
    _emit(poll)
    logger.info("passed", extra={"chunks": poll.chunks})
    return {"chunks": poll.chunks}


def _emit(poll: Any) -> None:  # noqa: ANN401 (what the check saw)
    for name, value in poll.metrics().items():
        metrics.add_metric(name, MetricUnit.Count, value)

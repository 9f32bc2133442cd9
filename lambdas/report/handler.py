"""Report: the batch's totals, once."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from tallygate import settings
from tallygate.batch.wiring import report
from tallygate.observed import observed

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, metrics, tracer = Logger(), Metrics(), Tracer(patch_modules=("botocore",))
reporter = report.reporter(settings.from_environment(settings.ReportSettings))


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
@observed(metrics)
def handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    """Takes the machine's state; returns the report, the machine's output."""
    report = reporter.report(event["batch"], event["generation"])
    logger.info("reported", extra=report)
    for name, field in (("ItemsOk", "ok"), ("ItemsFailed", "failed"), ("ItemsAbandoned", "abandoned")):
        metrics.add_metric(name, MetricUnit.Count, report[field])
    return report

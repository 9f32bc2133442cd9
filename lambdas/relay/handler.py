"""Relay: a batch of DynamoDB Streams to Kinesis."""

from typing import TYPE_CHECKING, Any

import msgspec
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from tallygate import settings
from tallygate.deadline import Deadline
from tallygate.observed import observed
from tallygate.relay import wiring
from tallygate.relay.trace import log_lines
from tallygate.tracing import annotate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from tallygate.relay.changed_commit import ChangedCommit

MARGIN_SECONDS = 5.0  # a last call's time to connect and to wait for its answer, and the log
logger, metrics, tracer = Logger(), Metrics(), Tracer(patch_modules=("botocore",))
relay = wiring.relay(settings.from_environment(settings.RelaySettings))


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
@observed(metrics)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Takes `Records`; returns the sequence number from which Lambda is to hand them over again, if any."""
    seconds = context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS
    forwarded = relay.forward(event["Records"], Deadline.after(seconds), _tell)
    for line in log_lines(forwarded.bells):
        logger.info("relayed", extra=line)
        annotate(tracer, line["commits"])
    for reason in forwarded.unreadable:
        logger.error("unreadable record", extra={"reason": reason})
    metrics.add_metric("CommitsRelayed", MetricUnit.Count, len(forwarded.bells))
    metrics.add_metric("RecordsResent", MetricUnit.Count, forwarded.resent)
    metrics.add_metric("RecordsUnreadable", MetricUnit.Count, len(forwarded.unreadable))
    if forwarded.retry_from is None:
        return {"batchItemFailures": []}
    logger.warning("out of time", extra={"retry_from": forwarded.retry_from, "trouble": forwarded.trouble})
    return {"batchItemFailures": [{"itemIdentifier": forwarded.retry_from}]}


def _tell(changed: "Sequence[ChangedCommit]") -> None:
    for commit in changed:
        logger.error("changed commit", extra=msgspec.structs.asdict(commit))
    metrics.add_metric("CommitsChanged", MetricUnit.Count, len(changed))  # a metric is paid by the hours with a value

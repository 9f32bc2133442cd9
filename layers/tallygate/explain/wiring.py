"""The composition root of explain."""

from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.explain.cloudwatch import CloudWatchLogLines
from tallygate.explain.explainer import Explainer
from tallygate.projections.dynamodb import DynamoDBRows


def explainer(environment: str) -> Explainer:
    """The explainer of an environment such as `dev`; events that overflowed to S3 are not looked into."""
    prefix = f"tallygate-{environment}"
    log = DynamoDBCommitLog(f"{prefix}-events")
    return Explainer(CloudWatchLogLines(prefix), log, lambda consumer: DynamoDBRows(f"{prefix}-views", consumer))

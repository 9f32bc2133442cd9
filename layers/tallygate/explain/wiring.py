"""The composition root of explain."""

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.events.overflow.s3 import S3Blobs
from tallygate.explain.cloudwatch import CloudWatchLogLines
from tallygate.explain.explainer import Explainer
from tallygate.projections.dynamodb import DynamoDBRows
from tallygate.put_if_absent import resend


def explainer(environment: str, until: Deadline) -> Explainer:
    """The explainer of an environment such as `dev`. Raises AWS's own error where there is none of that name."""
    prefix = f"tallygate-{environment}"
    table = f"{prefix}-events"
    # The overflow bucket's name has account and region in it; the table's ARN tells them.
    answer = resend(lambda: aws.dynamodb().describe_table(TableName=table), until, what=f"the look at {table}")
    _, _, _, region, account, _ = answer["Table"]["TableArn"].split(":", 5)
    log = DynamoDBCommitLog(table, overflow=S3Blobs(f"{prefix}-overflow-{account}-{region}"))
    return Explainer(CloudWatchLogLines(prefix), log, lambda consumer: DynamoDBRows(f"{prefix}-views", consumer))

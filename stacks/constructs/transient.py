"""Errors after which a task is simply sent again."""

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn

LAMBDA = [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]
# Tallygate's own: AWS gave no answer before a deadline, and the same request may be sent again.
OURS = ["Unavailable", "OutcomeUnknown", "Contended"]


def retry_transient(state: sfn.TaskStateBase) -> None:
    """Retry a task after transient errors: 2 s, doubling up to 60 s, for about 8 minutes."""
    state.add_retry(
        errors=[*LAMBDA, *OURS],
        interval=Duration.seconds(2),
        backoff_rate=2,
        max_delay=Duration.seconds(60),
        jitter_strategy=sfn.JitterType.FULL,
        max_attempts=12,
    )

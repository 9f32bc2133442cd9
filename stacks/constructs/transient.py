"""Errors after which a task is simply sent again."""

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn

# The invocation didn't take place, or Lambda can't say whether it did.
SERVICE = [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]
# The function's process ended before it could answer: out of time, out of memory, or its machine was lost.
ENDED = ["Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout"]
# Tallygate's own: AWS gave no answer before a deadline, and the same request may be sent again.
OURS = ["Unavailable", "OutcomeUnknown", "Contended"]


def retry_transient(state: sfn.TaskStateBase) -> None:
    """Retry a task whose function may be called any number of times: 2 s, doubling up to 60 s, for about 8 minutes."""
    state.add_retry(
        errors=[*SERVICE, *ENDED, *OURS],
        interval=Duration.seconds(2),
        backoff_rate=2,
        max_delay=Duration.seconds(60),
        jitter_strategy=sfn.JitterType.FULL,
        max_attempts=12,
    )


def retry_service(state: sfn.TaskStateBase) -> None:
    """Retry a task that the service didn't take: 1 s, 2 s, 4 s. Whatever else becomes of it is somebody else's care."""
    state.add_retry(
        errors=SERVICE,
        interval=Duration.seconds(1),
        backoff_rate=2,
        jitter_strategy=sfn.JitterType.FULL,
        max_attempts=3,
    )

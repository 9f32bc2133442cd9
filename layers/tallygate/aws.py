"""The one module that makes AWS clients, so that every call has a deadline.

botocore's defaults wait 60 s for a connection and 60 s for an answer, which turns one socket in a bad state into
calls of several minutes. Here a call that gets no answer is given up within seconds and sent again.
"""

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from tallygate import restored
from tallygate.for_good import for_good

with for_good():
    import boto3
    from botocore.client import BaseClient
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
    from botocore.exceptions import ConnectionError as BotoConnectionError

from tallygate.calls import METER, THROTTLED

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_sts import STSClient
    from mypy_boto3_sts.type_defs import CredentialsTypeDef

C = TypeVar("C", bound=BaseClient)

CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 3.0
OBJECT_READ_TIMEOUT_SECONDS = 5.0
LONG_POLL_READ_TIMEOUT_SECONDS = 25.0  # SQS holds a long poll for 20 s at most
FUNCTION_READ_TIMEOUT_SECONDS = 300.0  # for an operator who waits; a sweep ends after 240 s
# The SDK's own retry covers the common lost answer; what is left is sent again by us, with the same ids.
TOTAL_MAX_ATTEMPTS = 2
# Pool >= threads, or threads queue for a connection and discard it afterwards (urllib3's "pool is full").
CONNECTIONS = 64


def config(*, read_timeout: float = READ_TIMEOUT_SECONDS, attempts: int = TOTAL_MAX_ATTEMPTS) -> Config:
    """The client configuration that every client of Tallygate uses.

    Parameters
    ----------
    read_timeout : float
        Seconds without a byte of answer after which a call is given up.
    attempts : int
        Tries in total, the first included, by the SDK's `standard` retry mode.
    """
    return Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=read_timeout,
        tcp_keepalive=True,
        max_pool_connections=CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )


@cache
def dynamodb() -> "DynamoDBClient":
    """The DynamoDB client of this process (clients are thread-safe)."""
    with for_good():
        return _whole_answers(boto3.client("dynamodb", config=config()))


@cache
def s3() -> "S3Client":
    """The S3 client of this process."""
    with for_good():
        return _whole_answers(boto3.client("s3", config=config(read_timeout=OBJECT_READ_TIMEOUT_SECONDS, attempts=4)))


@cache
def events() -> "EventBridgeClient":
    """The EventBridge client of this process."""
    with for_good():
        return _whole_answers(boto3.client("events", config=config()))


@cache
def kms() -> "KMSClient":
    """The KMS client of this process."""
    return _whole_answers(boto3.client("kms", config=config()))


@cache
def functions() -> "LambdaClient":
    """The Lambda client of this process; only asynchronous invocations, which answer at once."""
    with for_good():
        return _whole_answers(
            boto3.client("lambda", config=config(read_timeout=OBJECT_READ_TIMEOUT_SECONDS, attempts=3))
        )


@cache
def patient_functions() -> "LambdaClient":
    """A Lambda client that waits for a function's end; one attempt, lest it runs twice at once."""
    return _whole_answers(boto3.client("lambda", config=config(read_timeout=FUNCTION_READ_TIMEOUT_SECONDS, attempts=1)))


@cache
def layers() -> "LambdaClient":
    """The Lambda client of this process for layers and what uses them: listings, which are answered at once."""
    with for_good():
        return _whole_answers(boto3.client("lambda", config=config(attempts=3)))


def layers_as(role: "CredentialsTypeDef") -> "LambdaClient":
    """A Lambda client that lists layers with the credentials of a role, for as long as those are good."""
    return _whole_answers(
        boto3.client(
            "lambda",
            config=config(attempts=3),
            aws_access_key_id=role["AccessKeyId"],
            aws_secret_access_key=role["SecretAccessKey"],
            aws_session_token=role["SessionToken"],
        )
    )


@cache
def sts() -> "STSClient":
    """The STS client of this process."""
    return _whole_answers(boto3.client("sts", config=config(attempts=3)))


@cache
def kinesis() -> "KinesisClient":
    """The Kinesis client of this process. One attempt: the relay sends again by itself, and counts what it does."""
    with for_good():
        return _whole_answers(boto3.client("kinesis", config=config(attempts=1)))


@cache
def sqs() -> "SQSClient":
    """The SQS client of this process, for everything that is answered at once."""
    with for_good():
        return _whole_answers(boto3.client("sqs", config=config(attempts=3)))


@cache
def patient_sqs() -> "SQSClient":
    """An SQS client for long polls. One attempt: whoever polls polls again."""
    return _whole_answers(boto3.client("sqs", config=config(read_timeout=LONG_POLL_READ_TIMEOUT_SECONDS, attempts=1)))


@cache
def stepfunctions() -> "SFNClient":
    """The Step Functions client of this process. A start under a name may be sent again: it is the same start."""
    return _whole_answers(boto3.client("stepfunctions", config=config(attempts=3)))


@cache
def logs() -> "CloudWatchLogsClient":
    """The CloudWatch Logs client of this process; a page of a search takes its time."""
    return _whole_answers(boto3.client("logs", config=config(read_timeout=30.0, attempts=4)))


@cache
def cloudwatch() -> Any:  # noqa: ANN401 (its stubs are not among ours)
    """The CloudWatch client of this process; a query over days takes its time."""
    return _whole_answers(boto3.client("cloudwatch", config=config(read_timeout=30.0, attempts=4)))


@cache
def parameters() -> "SSMClient":
    """The SSM client of this process."""
    return _whole_answers(boto3.client("ssm", config=config(attempts=3)))


def _whole_answers(client: C) -> C:
    """The client, which now takes an answer that broke off for none, and whose calls are metered.

    botocore doesn't: it turns off urllib3's check of the length, and parses what has come, if nothing, as a success.
    """
    client.meta.events.register("before-parse", _demand_whole)
    METER.watch(client)
    return client


def _demand_whole(operation_model: Any, response_dict: dict[str, Any], **_: object) -> None:  # noqa: ANN401
    body, headers = response_dict["body"], response_dict["headers"]
    length = 0 if "content-encoding" in headers else int(headers.get("content-length") or 0)
    if isinstance(body, bytes) and operation_model.http.get("method") != "HEAD" and len(body) < length:
        raise Unanswered(f"the answer broke off after {len(body)} of {length} bytes")


def error_code(exc: ClientError) -> str:
    """The service's error code, for example `ConditionalCheckFailedException`."""
    return str(exc.response.get("Error", {}).get("Code", ""))


class Unanswered(BotoCoreError):
    """Raised by us for an answer that means: send the same again."""

    fmt = "{reason}"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


def is_unanswered(exc: Exception) -> bool:
    """True where the outcome is unknown and the same request may be sent again: no answer, a 5xx, or throttled."""
    if isinstance(exc, ClientError):
        status = exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or error_code(exc) in THROTTLED
    return isinstance(exc, BotoConnectionError | HTTPClientError | IncompleteReadError | Unanswered)


restored.register()  # every function makes clients, before a snapshot is taken of it

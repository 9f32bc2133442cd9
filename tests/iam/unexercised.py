"""What no run on the emulator asks the authorizer for, and why. A grant that is neither used nor here is too much."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from tests.iam.grants import Grant

# What they need is from AWS's managed policies AWSLambdaDynamoDBExecutionRole, AWSLambdaKinesisExecutionRole (without
# ListStreams and SubscribeToShard, which only enhanced fan-out takes) and AWSLambdaSQSQueueExecutionRole.
POLLED = "Lambda's event sources do it in the function's name; the emulator's do it by themselves"
BY_LAMBDA = "Lambda does it in the function's name; the emulator does it by itself"
NOT_HERE = "of a deployment: it runs before roles are enforced, since the CDK's own roles are not there for it"
# By function, action and resource, as shell patterns.
REASONS: dict[tuple[str, str, str], str] = {
    ("*", "logs:CreateLogStream", "*"): BY_LAMBDA,
    ("*", "logs:PutLogEvents", "*"): BY_LAMBDA,
    ("*", "xray:PutTraceSegments", "*"): "the local environment doesn't trace",
    ("*", "xray:PutTelemetryRecords", "*"): "the local environment doesn't trace",
    ("relay", "dynamodb:DescribeStream", "*"): POLLED,
    ("relay", "dynamodb:GetRecords", "*"): POLLED,
    ("relay", "dynamodb:GetShardIterator", "*"): POLLED,
    ("relay", "dynamodb:ListStreams", "*"): POLLED,
    ("*", "kinesis:DescribeStream", "*"): POLLED,
    ("*", "kinesis:DescribeStreamSummary", "*"): POLLED,
    ("*", "kinesis:GetRecords", "*"): POLLED,
    ("*", "kinesis:GetShardIterator", "*"): POLLED,
    ("*", "kinesis:ListShards", "*"): POLLED,
    ("work_queued", "sqs:ReceiveMessage", "*"): POLLED,
    ("work_queued", "sqs:DeleteMessage", "*"): POLLED,
    ("work_queued", "sqs:GetQueueAttributes", "*"): POLLED,
    ("*", "sqs:*", "*-dead-letters"): POLLED,
    ("*", "s3:AbortMultipartUpload", "*"): "only after an upload in parts that failed: tests/contract tries it",
    ("plan", "s3:ListBucket", "*"): "S3 looks at it where a key is missing, and then says so; the emulator always does",
    (
        "plan",
        "s3:GetObjectVersion",
        "*",
    ): "to read on where a transfer breaks off: tests/faults tries it",
    ("latest*layer", "*", "*"): NOT_HERE,
}


def reason(grant: Grant) -> str | None:
    """Why a grant is not used here, if there is a reason."""
    asked = (grant.function, grant.action, grant.resource)
    for patterns, why in REASONS.items():
        if all(fnmatchcase(value, pattern) for value, pattern in zip(asked, patterns, strict=True)):
            return why
    return None


def unexplained(unused: Iterable[Grant]) -> list[Grant]:
    """The grants that have none."""
    return sorted(grant for grant in unused if reason(grant) is None)

"""What a caller needs of the key of the data, told from what it may do to the data.

Roles of the environment are given it by the key's own policy (data_key.py). Whoever stands outside needs statements of
its own: those that are made here, or by stacks/operators.py.
"""

from collections import defaultdict
from collections.abc import Iterable

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

READ = frozenset({"kms:Decrypt"})
WRITE = frozenset({"kms:GenerateDataKey"})
BOTH = READ | WRITE
# By action: which service asks KMS in the caller's name, and for what.
# - DynamoDB asks for the table's key to be decrypted, for reads and writes alike (developer guide, "DynamoDB encryption
#   at rest: How it works", "Monitoring"); the key itself is made when the table is, by whoever makes it.
# - S3 encrypts each object under a data key of its own; an upload in parts is read back as it is put together (user
#   guide, "Using server-side encryption with AWS KMS keys", "Uploading an object in parts").
# - Kinesis: "Permissions to use user-generated KMS keys". - SQS: "Key management", producers and consumers.
# - SNS: "Key management", publishers.
OF_ACTION: dict[str, tuple[str, frozenset[str]]] = {
    **dict.fromkeys(
        (
            f"dynamodb:{action}"
            for action in ("GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "GetRecords")
        ),
        ("dynamodb", READ),
    ),
    "s3:GetObject": ("s3", READ),
    "s3:GetObjectVersion": ("s3", READ),
    "s3:PutObject": ("s3", BOTH),
    "kinesis:PutRecords": ("kinesis", WRITE),
    "kinesis:GetRecords": ("kinesis", READ),
    "sqs:SendMessage": ("sqs", BOTH),
    "sqs:ReceiveMessage": ("sqs", READ),
    "sns:Publish": ("sns", BOTH),
}
SERVICES = tuple(sorted({service for service, _ in OF_ACTION.values()}))


def via(service: str) -> str:
    """As `kms:ViaService` has it."""
    return f"{service}.{Aws.REGION}.amazonaws.com"


def key_statements(permitted: Iterable[str], keys: str) -> list[iam.PolicyStatement]:
    """What goes with these actions: one statement for each service, on these keys and through that service alone."""
    needed: dict[str, set[str]] = defaultdict(set)
    for action in OF_ACTION.keys() & set(permitted):
        service, actions = OF_ACTION[action]
        needed[service] |= actions
    return [
        iam.PolicyStatement(
            actions=sorted(actions),
            resources=[keys],
            conditions={"StringEquals": {"kms:ViaService": via(service)}},
        )
        for service, actions in sorted(needed.items())
    ]

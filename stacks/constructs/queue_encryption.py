"""How our queues are encrypted."""

from typing import cast

from aws_cdk import aws_sqs as sqs

from stacks.constructs.data_key import data_key_arn
from stacks.environment import Environment


def under_data_key(queue: sqs.Queue, environment: Environment) -> None:
    """Put a queue under the environment's key, where it has one.

    Not by the property `encryption_master_key`: by that one the CDK grants `kms:GenerateDataKey*`, without a condition,
    to whoever is granted sending.
    """
    key = data_key_arn(queue, environment)
    if key is None:
        return
    resource = cast("sqs.CfnQueue", queue.node.default_child)
    resource.sqs_managed_sse_enabled = None
    resource.kms_master_key_id = key

"""Roles, enforced while the emulator runs; and what its authorizer was asked."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.exceptions import ClientError

from tests.local.tiny_aws import TinyAws


@contextmanager
def enforced(aws: TinyAws) -> Iterator[None]:
    """Others use the same emulator afterwards."""
    aws.emulator.enforce_roles()
    try:
        yield
    finally:
        aws.emulator.enforce_roles(enforced=False)


def somebody(aws: TinyAws, *actions: str, condition: Any = None) -> tuple[str, dict[str, Any]]:
    """A user who may do these; the name, and settings for clients."""
    owner, name = aws.emulator.client_settings(), f"user-{uuid.uuid4().hex[:8]}"
    iam = boto3.client("iam", **owner)
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    statement |= {"Condition": condition} if condition else {}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    return name, owner | keys


def refused(call: Any, **arguments: Any) -> str:
    """The code by which a call is refused, or nothing."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def check_batch_actions(aws: TinyAws) -> None:
    """Who may send a message may send ten; who may only receive may neither."""
    url, _ = aws.queue()
    ten: list[Any] = [{"Id": str(n), "MessageBody": "x"} for n in range(10)]
    _, sender = somebody(aws, "sqs:SendMessage")
    _, receiver = somebody(aws, "sqs:ReceiveMessage")
    with enforced(aws):
        assert refused(boto3.client("sqs", **sender).send_message_batch, QueueUrl=url, Entries=ten) == ""
        assert "AccessDenied" in refused(boto3.client("sqs", **receiver).send_message_batch, QueueUrl=url, Entries=ten)


def test_what_was_asked_is_told_with_who_asked_and_the_answer(aws: TinyAws) -> None:
    url, arn = aws.queue()
    name, settings = somebody(aws, "sqs:GetQueueAttributes")
    client = boto3.client("sqs", **settings)
    with enforced(aws):
        client.get_queue_attributes(QueueUrl=url)
        assert "AccessDenied" in refused(client.send_message, QueueUrl=url, MessageBody="x")
    client.send_message(QueueUrl=url, MessageBody="x")  # nobody asks any more
    seen = [
        (one["action"], one["resource"], one["allowed"], one["count"])
        for one in aws.emulator.decisions()
        if one["role"] == name
    ]
    assert seen == [("sqs:GetQueueAttributes", arn, True, 1), ("sqs:SendMessage", arn, False, 1)]


def check_leading_keys(aws: TinyAws) -> None:
    """A policy for some partitions is for no others, whichever call names them."""
    table = aws.table()
    condition = {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["mine-*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    _, settings = somebody(aws, "dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan", condition=condition)
    client = boto3.client("dynamodb", **settings)

    def calls(partition: str) -> dict[str, str]:
        item: Any = {"pk": {"S": partition}, "sk": {"N": "1"}}
        query = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": partition}}}
        put: Any = {"Put": {"TableName": table, "Item": item}}
        return {
            "put": refused(client.put_item, TableName=table, Item=item),
            "query": refused(client.query, TableName=table, **query),
            "transaction": refused(client.transact_write_items, TransactItems=[put]),
        }

    with enforced(aws):
        assert set(calls("mine-1").values()) == {""}
        assert {what for what, code in calls("yours-1").items() if "AccessDenied" in code} == set(calls("yours-1"))
        assert "AccessDenied" in refused(client.scan, TableName=table)


CHECKS = {"batch_actions": check_batch_actions, "leading_keys": check_leading_keys}

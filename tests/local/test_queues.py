"""Queues and the functions that they feed: the mends, and what needs none."""

import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from local.server import wait_until
from tests.local.tiny_aws import TinyAws

IMPATIENT = Config(read_timeout=0.5, retries={"total_max_attempts": 1, "mode": "standard"})
NOT_UNDERSTOOD = (
    '{"batchItemFailures": [{"itemIdentifier": ""}]}',
    '{"batchItemFailures": [{"itemIdentifier": None}]}',
    '{"batchItemFailures": [{"id": "x"}]}',
    '{"batchItemFailures": "x"}',
    '"nonsense"',
)
SUCCESS = ("None", "{}", '{"batchItemFailures": None}', '{"batchItemFailures": []}')


def left(aws: TinyAws, queue: str) -> int:
    """How many messages a queue has, hidden or not."""
    names: list[Any] = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = aws.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def fed(aws: TinyAws, source: str, **settings: Any) -> tuple[str, str]:
    """Make a function and a queue that feeds it one message at a time; returns its name and the queue's address."""
    function, (queue, arn) = aws.function(source), aws.queue()
    scaling = settings.pop("ScalingConfig", {"MaximumConcurrency": 2})
    types = ["ReportBatchItemFailures"]
    aws.mapping(function, arn, BatchSize=1, FunctionResponseTypes=types, ScalingConfig=scaling, **settings)
    return function, queue


def send(aws: TinyAws, queue: str, count: int) -> None:
    for first in range(0, count, 10):
        entries: list[Any] = [{"Id": str(n), "MessageBody": str(n)} for n in range(first, min(count, first + 10))]
        aws.sqs.send_message_batch(QueueUrl=queue, Entries=entries)


def check_queue_answer(aws: TinyAws) -> None:
    """What can't be understood is the failure of all, and its message is kept; a null list is success."""
    queues = {}
    for answer in (*NOT_UNDERSTOOD, *SUCCESS):
        _, queues[answer] = fed(aws, f"def handler(event, context):\n    print('[1]')\n    return {answer}")
        send(aws, queues[answer], 1)
    wait_until(lambda: all(left(aws, queues[answer]) == 0 for answer in SUCCESS), seconds=10)
    time.sleep(1)
    assert {answer: left(aws, queue) for answer, queue in queues.items()} == (
        dict.fromkeys(NOT_UNDERSTOOD, 1) | dict.fromkeys(SUCCESS, 0)
    )


def check_gone_receiver(aws: TinyAws) -> None:
    """What comes after its client has gone, a long poll leaves to others."""
    queue, _ = aws.queue()
    client = boto3.client("sqs", config=IMPATIENT, **aws.emulator.client_settings())
    with pytest.raises(ReadTimeoutError):
        client.receive_message(QueueUrl=queue, WaitTimeSeconds=20, VisibilityTimeout=60)
    client.close()
    send(aws, queue, 1)
    time.sleep(0.5)
    assert [message["Body"] for message in aws.sqs.receive_message(QueueUrl=queue).get("Messages", [])] == ["0"]


CHECKS: dict[str, Callable[[TinyAws], None]] = {
    "queue_answer": check_queue_answer,
    "gone_receiver": check_gone_receiver,
}


def test_no_more_functions_run_at_once_than_the_mapping_says(aws: TinyAws) -> None:
    function, queue = fed(aws, "import time\ndef handler(event, context):\n    time.sleep(0.2)")
    send(aws, queue, 12)
    assert wait_until(lambda: left(aws, queue) == 0, seconds=20)
    counted = aws.emulator.meter()["functions"][function]
    assert (counted["invocations"], counted["cold_starts"]) == (12, 2)


def test_every_message_is_delivered_while_others_are_sent(aws: TinyAws) -> None:
    function, queue = fed(aws, "def handler(event, context):\n    print('[' + event['Records'][0]['body'] + ']')")
    send(aws, queue, 400)
    assert wait_until(lambda: left(aws, queue) == 0, seconds=30)
    assert Counter(number for (number,) in aws.said(function)) == dict.fromkeys(range(400), 1)


def test_a_message_that_fails_again_and_again_is_a_dead_letter(aws: TinyAws) -> None:
    dead_letters, dead_arn = aws.queue()
    function, queue = fed(
        aws,
        """
        def handler(event, context):
            print("[1]")
            return {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}
        """,
    )
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": "3"})
    aws.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1", "RedrivePolicy": redrive})
    send(aws, queue, 1)
    assert wait_until(lambda: left(aws, dead_letters) == 1, seconds=20)
    assert len(aws.said(function)) == 3

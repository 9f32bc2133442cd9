"""What the checks look at, in memory, on moto and on the emulator."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from local.emulator.process import Emulator
from tallygate import aws
from tallygate.checks.memory import MemoryKeys, MemoryQueue
from tallygate.checks.objects_counted import Keys
from tallygate.checks.queue_drained import Depth
from tallygate.checks.s3_keys import S3Keys
from tallygate.checks.sqs_queue import SqsQueue
from tallygate.errors import InvalidInput
from tests.conftest import ANYBODY

KEYS = ["results/", *(f"results/{n:04d}" for n in range(25)), "other/1"]
Clients = tuple[SQSClient, S3Client]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@contextmanager
def connected(backend: str, request: pytest.FixtureRequest) -> Iterator[Clients]:
    """Clients of moto or of the emulator."""
    if backend == "moto":
        with mock_aws():
            yield boto3.client("sqs", config=aws.config(), **ANYBODY), boto3.client("s3", **ANYBODY)
        return
    settings = request.getfixturevalue("emulator").client_settings()
    yield boto3.client("sqs", config=aws.config(), **settings), boto3.client("s3", **settings)


@pytest.fixture(params=["moto", "emulator"])
def clients(request: pytest.FixtureRequest) -> Iterator[Clients]:
    with connected(request.param, request) as found:
        yield found


@pytest.fixture(params=["memory", "moto", "emulator"])
def keys(request: pytest.FixtureRequest) -> Iterator[Keys]:
    if request.param == "memory":
        yield MemoryKeys(KEYS)
        return
    with connected(request.param, request) as (_, s3):
        bucket = f"keys-{uuid4()}"
        s3.create_bucket(Bucket=bucket)
        for key in KEYS:
            s3.put_object(Bucket=bucket, Key=key, Body=b"x")
        yield S3Keys(bucket, s3)


@pytest.mark.parametrize("size", [10, 1000])
def test_keys_come_in_pages_in_order(keys: Keys, size: int) -> None:
    pages = list(keys.pages("results/", size))
    assert [key for page in pages for key in page] == KEYS[:26]
    assert max(map(len, pages)) == min(size, 26)


def test_a_prefix_without_keys_has_no_keys(keys: Keys) -> None:
    assert [key for page in keys.pages("none/", 10) for key in page] == []


def test_a_queue_counts_messages_of_every_kind(clients: Clients) -> None:
    sqs, _ = clients
    url = sqs.create_queue(QueueName=f"queue-{uuid4()}")["QueueUrl"]
    queue = SqsQueue(url, sqs)
    assert queue.depth() == MemoryQueue([Depth(visible=0, in_flight=0, delayed=0)]).depth()
    for body in ("one", "two", "three"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=60)
    (taken,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"]
    assert queue.depth() == Depth(visible=2, in_flight=1, delayed=1)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=taken["ReceiptHandle"])
    assert queue.depth() == Depth(visible=2, in_flight=0, delayed=1)


def test_what_does_not_exist_says_so(clients: Clients) -> None:
    sqs, s3 = clients
    nowhere = sqs.create_queue(QueueName="here")["QueueUrl"].replace("here", "nowhere")
    with pytest.raises(InvalidInput, match=r"the queue \S+/nowhere does not exist: mend its address"):
        SqsQueue(nowhere, sqs).depth()
    with pytest.raises(InvalidInput, match=r"the bucket no-such-bucket does not exist: mend its name"):
        list(S3Keys("no-such-bucket", s3).pages("results/", 10))


@pytest.mark.parametrize(
    "url", ["", "orders", "arn:aws:sqs:eu-west-1:111122223333:orders", "https://sqs/111122223333/a b", "https://x/1/a"]
)
def test_what_is_no_queues_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="is no queue's address: give it as https://"):
        SqsQueue(url)


@pytest.mark.parametrize("bucket", ["", "ab", "Upper", "s3://bucket", "arn:aws:s3:::bucket", "bucket/prefix"])
def test_what_is_no_buckets_name_is_refused(bucket: str) -> None:
    with pytest.raises(InvalidInput, match="is no bucket's name: give the name alone"):
        S3Keys(bucket)

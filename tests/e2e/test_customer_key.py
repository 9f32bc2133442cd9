"""The local environment with a key of its own: deployed, everything lies under it, and a batch is exact."""

from collections.abc import Iterator

import boto3
import pytest

from local.deployment import BATCHES_TABLE, BUCKET, COMMIT_STREAM, EVENTS_TABLE, VIEWS_TABLE, Deployment
from local.emulator.process import Emulator
from tests.e2e.conftest import App
from tests.e2e.domain import acts

pytestmark = [pytest.mark.e2e, pytest.mark.long]  # a deployment of its own
ITEMS = 25


@pytest.fixture(scope="module")
def encrypted() -> Iterator[App]:
    with Emulator() as emulator:
        yield App(Deployment.make(emulator, domain="tests/e2e/domain", encryption="customer"))


def test_tables_bucket_and_stream_lie_under_the_key_of_the_parameter(encrypted: App) -> None:
    settings = encrypted.deployment.emulator.client_settings()
    arn = boto3.client("ssm", **settings).get_parameter(Name="/tallygate/local/data-key")["Parameter"]["Value"]
    keys = boto3.client("kms", **settings)
    assert keys.describe_key(KeyId="alias/tallygate-local-data")["KeyMetadata"]["Arn"] == arn
    assert keys.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"] is True
    (rule,) = encrypted.deployment.s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == arn
    queues = boto3.client("sqs", **settings)
    url = queues.get_queue_url(QueueName="tallygate-local-chunks")["QueueUrl"]
    assert queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["KmsMasterKeyId"] == arn
    # The emulator keeps no encryption of tables and streams that a template asks for: tests/infra looks at those.
    tables = encrypted.deployment.dynamodb.list_tables()["TableNames"]
    assert {EVENTS_TABLE, BATCHES_TABLE, VIEWS_TABLE} <= set(tables)
    assert COMMIT_STREAM in boto3.client("kinesis", **settings).list_streams()["StreamNames"]


@pytest.mark.parametrize("dispatch", ["map", "queue"])
def test_a_batch_is_exact(encrypted: App, dispatch: str) -> None:
    before = encrypted.events.load(acts.COUNTER, "all").state
    lines = "".join(f"item-{n},ok\n" for n in range(ITEMS))
    manifest = encrypted.upload(f"key-{dispatch}.csv", f"id,act\n{lines}")
    ended = encrypted.run({"manifest": manifest, "chunk_size": 5, "dispatch": dispatch})
    assert (ended.status, ended.output["ok"], ended.output["items"]) == ("SUCCEEDED", ITEMS, ITEMS), ended.cause
    assert encrypted.events.load(acts.COUNTER, "all").state - before == ITEMS

"""The local environment with a key of its own: deployed, everything lies under it, and a batch is exact."""

from collections.abc import Iterator

import boto3
import pytest

from local.deployment import OUTBOX_BUS, WORKER, Deployment
from local.emulator.process import Emulator
from tests.e2e.conftest import App
from tests.e2e.domain import acts

pytestmark = [pytest.mark.e2e, pytest.mark.long]  # a deployment of its own
ITEMS = 25


@pytest.fixture(scope="module")
def encrypted() -> Iterator[App]:
    with Emulator() as emulator:
        yield App(Deployment.make(emulator, domain="tests/e2e/domain", encryption="customer"))


def test_queue_log_and_bus_lie_under_the_key_of_the_parameter(encrypted: App) -> None:
    settings = encrypted.deployment.emulator.client_settings()
    arn = boto3.client("ssm", **settings).get_parameter(Name="/tallygate/local/data-key")["Parameter"]["Value"]
    keys = boto3.client("kms", **settings)
    assert keys.describe_key(KeyId="alias/tallygate-local-data")["KeyMetadata"]["Arn"] == arn
    assert keys.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"] is True
    queues = boto3.client("sqs", **settings)
    url = queues.get_queue_url(QueueName="tallygate-local-chunks")["QueueUrl"]
    assert queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["KmsMasterKeyId"] == arn
    (group,) = boto3.client("logs", **settings).describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{WORKER}")[
        "logGroups"
    ][:1]
    assert group["kmsKeyId"] == arn
    assert boto3.client("events", **settings).describe_event_bus(Name=OUTBOX_BUS)["KmsKeyIdentifier"] == arn
    # Of tables, buckets and streams the emulator keeps no encryption that a template asks for: tests/infra looks there.


@pytest.mark.parametrize("dispatch", ["map", "queue"])
def test_a_batch_is_exact(encrypted: App, dispatch: str) -> None:
    before = encrypted.events.load(acts.COUNTER, "all").state
    lines = "".join(f"item-{n},ok\n" for n in range(ITEMS))
    manifest = encrypted.upload(f"key-{dispatch}.csv", f"id,act\n{lines}")
    ended = encrypted.run({"manifest": manifest, "chunk_size": 5, "dispatch": dispatch})
    assert (ended.status, ended.output["ok"], ended.output["items"]) == ("SUCCEEDED", ITEMS, ITEMS), ended.cause
    assert encrypted.events.load(acts.COUNTER, "all").state - before == ITEMS

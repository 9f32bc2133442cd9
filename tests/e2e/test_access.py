"""A bucket that may not be read: tried with permissions enforced."""

from collections.abc import Iterator

import boto3
import pytest
from mypy_boto3_s3 import S3Client

from local.emulator.process import Emulator
from tallygate.batch.errors import BadInput
from tallygate.batch.plan.location import Location
from tallygate.batch.s3_objects import S3ObjectStore

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def nobody() -> Iterator[S3Client]:
    """An S3 client of a user without any permission, on an emulator where somebody else's bucket has a manifest."""
    with Emulator(settings={"AUTH": "true"}) as emulator:
        owner = emulator.client_settings()
        theirs = boto3.client("s3", **owner)
        theirs.create_bucket(Bucket="theirs")
        theirs.put_object(Bucket="theirs", Key="items.csv", Body=b"id\n1\n")
        users = boto3.client("iam", **owner)
        users.create_user(UserName="nobody")
        key = users.create_access_key(UserName="nobody")["AccessKey"]
        credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        yield boto3.client("s3", **owner | credentials)


@pytest.mark.parametrize("key", ["items.csv", "none.csv"])
def test_a_bucket_that_may_not_be_read_names_the_property_to_set(nobody: S3Client, key: str) -> None:
    with pytest.raises(BadInput, match=r"theirs/.* may not be read: add 'theirs' to the property manifest_buckets"):
        S3ObjectStore("ours", nobody).open(Location(bucket="theirs", key=key))


def test_a_bucket_that_does_not_exist_is_told_apart(nobody: S3Client) -> None:
    with pytest.raises(BadInput, match="the bucket nowhere does not exist"):
        S3ObjectStore("ours", nobody).open(Location(bucket="nowhere", key="items.csv"))

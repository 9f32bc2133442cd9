"""Backends that several folders of tests share. Every one of them listens on this machine only."""

from collections.abc import Iterator
from typing import TypedDict

import boto3
import pytest
from moto import mock_aws
from mypy_boto3_dynamodb import DynamoDBClient

from local.dynamodb_local import DynamoDBLocal
from tallygate import aws


class _Anybody(TypedDict):
    region_name: str
    aws_access_key_id: str
    aws_secret_access_key: str


# What an emulator takes for credentials.
ANYBODY = _Anybody(region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture(scope="session")
def dynamodb_local_client() -> Iterator[DynamoDBClient]:
    """AWS's own DynamoDB Local, with Tallygate's deadlines."""
    with DynamoDBLocal() as server:
        yield boto3.client("dynamodb", endpoint_url=server.endpoint, config=aws.config(), **ANYBODY)


@pytest.fixture
def moto_client() -> Iterator[DynamoDBClient]:
    with mock_aws():
        yield boto3.client("dynamodb", config=aws.config(), **ANYBODY)

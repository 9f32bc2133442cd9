"""DynamoDB Local, and our own look into its tables, past every store and every proxy."""

import boto3
from mypy_boto3_dynamodb import DynamoDBClient

from bench.peers.stores import CREDENTIALS, REGION, Store


def client(endpoint: str, region: str = REGION) -> DynamoDBClient:
    """Return a client for one of DynamoDB Local's regions."""
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def items(endpoint: str, store: Store) -> int:
    """Count the items in the table of a store's events."""
    pages = client(endpoint, store.region).get_paginator("scan")
    return sum(page["Count"] for page in pages.paginate(TableName=store.table, Select="COUNT", ConsistentRead=True))

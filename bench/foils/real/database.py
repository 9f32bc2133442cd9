"""Clients and tables on DynamoDB Local."""

import time

import boto3
from mypy_boto3_dynamodb import DynamoDBClient

from tallygate import aws
from tallygate.deadline import full_jitter

ATTEMPTS = 4


def client(endpoint: str) -> DynamoDBClient:
    """A client with Tallygate's deadlines, and as many attempts as botocore makes for DynamoDB."""
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=aws.config(attempts=ATTEMPTS),
    )


def create(dynamodb: DynamoDBClient, name: str) -> None:
    """A table with keys `pk` and `sk`, both text."""
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def backoff(attempt: int) -> None:
    """For a design's own retries."""
    time.sleep(full_jitter(attempt, base=0.02, cap=2.0))

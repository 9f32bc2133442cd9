"""The tables, as the stacks define them, for backends that are not deployed to."""

from mypy_boto3_dynamodb import DynamoDBClient


def create_events_table(client: DynamoDBClient, name: str) -> str:
    return _create(client, name, sort_key_type="N")


def create_batches_table(client: DynamoDBClient, name: str) -> str:
    return _create(client, name, sort_key_type="S")


def create_views_table(client: DynamoDBClient, name: str) -> str:
    return _create(client, name, sort_key_type="S")


def _create(client: DynamoDBClient, name: str, *, sort_key_type: str) -> str:
    try:
        client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": sort_key_type},  # type: ignore[typeddict-item]
            ],
            BillingMode="PAY_PER_REQUEST",
        )
    except client.exceptions.ResourceInUseException as exc:
        if not exc.response["ResponseMetadata"]["RetryAttempts"]:
            raise  # else it was made by a first try, whose answer was late
    return name

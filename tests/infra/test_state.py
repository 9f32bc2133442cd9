"""The stateful stack, to the last property: what is kept here must not be lost."""

import pytest

from stacks.environments import ENVIRONMENTS, Environment
from tests.infra.synthesis import Stack, text

KEPT = {False: "Delete", True: "Retain"}


def table(name: str, sort_key: str, environment: Environment) -> dict[str, object]:
    return {
        "TableName": f"tallygate-{environment.name}-{name}",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": sort_key},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": environment.protect_data,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35},
        "SSESpecification": {"SSEEnabled": True},
    }


def test_the_stack_holds_two_tables_and_a_bucket_and_nothing_else(events: Stack, environment: Environment) -> None:
    kinds = sorted(resource["Type"] for resource in events.template["Resources"].values())
    policy = ["AWS::S3::BucketPolicy"] if environment.tls_only else []
    assert kinds == ["AWS::DynamoDB::Table", "AWS::DynamoDB::Table", "AWS::S3::Bucket", *policy]


def test_the_events_table_is_exactly_this(events: Stack, environment: Environment) -> None:
    expected = table("events", "N", environment) | {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}
    assert events.properties("AWS::DynamoDB::Table", TableName=expected["TableName"]) == expected


def test_the_batches_table_is_exactly_this(events: Stack, environment: Environment) -> None:
    expected = table("batches", "S", environment)
    assert events.properties("AWS::DynamoDB::Table", TableName=expected["TableName"]) == expected


def test_the_bucket_is_exactly_this(events: Stack, environment: Environment) -> None:
    bucket = events.properties("AWS::S3::Bucket")
    assert text(bucket.pop("BucketName")) == (
        f"tallygate-{environment.name}-batches-${{AWS::AccountId}}-${{AWS::Region}}"
    )
    closed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    ours = {"Id": "ours", "Prefix": "batches/", "ExpirationInDays": 30, "Status": "Enabled"}
    overwritten = {
        "Id": "overwritten",
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 30},
        "Status": "Enabled",
    }
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert bucket == {
        "VersioningConfiguration": {"Status": "Enabled"},
        "PublicAccessBlockConfiguration": dict.fromkeys(closed, True),
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
        "LifecycleConfiguration": {"Rules": [ours, overwritten]},
    }


def test_plain_http_is_refused_where_the_environment_says_so(events: Stack, environment: Environment) -> None:
    if not environment.tls_only:
        assert events.of_type("AWS::S3::BucketPolicy") == {}
        return
    (statement,) = events.properties("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    bucket = events.one("AWS::S3::Bucket")[0]
    assert [text(resource) for resource in statement.pop("Resource")] == [f"${{{bucket}.Arn}}", f"${{{bucket}.Arn}}/*"]
    assert statement == {
        "Action": "s3:*",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


@pytest.mark.parametrize("kind", ["AWS::DynamoDB::Table", "AWS::S3::Bucket"])
def test_data_outlives_its_stack_where_the_environment_says_so(
    events: Stack, environment: Environment, kind: str
) -> None:
    for resource in events.of_type(kind).values():
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == KEPT[environment.retain_data]


def test_only_the_stack_with_the_data_is_protected(
    layers: Stack, events: Stack, batch: Stack, environment: Environment
) -> None:
    protected = [stack.termination_protection for stack in (layers, events, batch)]
    assert protected == [False, environment.protect_data, False]


def test_production_protects_and_retains_and_no_other_does() -> None:
    kept = {name: (one.protect_data, one.retain_data) for name, one in ENVIRONMENTS.items()}
    nothing = (False, False)
    assert kept == {"local": nothing, "dev": nothing, "test": nothing, "prod": (True, True)}

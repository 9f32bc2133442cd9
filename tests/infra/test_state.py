"""The stateful stack, to the last property: what is kept here must not be lost."""

from typing import Any

import pytest

from stacks.environment import Environment
from stacks.environments import ENVIRONMENTS
from tests.infra.synthesis import Stack, shown, text

KEPT = {False: "Delete", True: "Retain"}


def table(name: str, sort_key: str, environment: Environment) -> dict[str, Any]:
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


def test_the_stack_holds_two_tables_two_buckets_a_parameter_and_nothing_else(
    events: Stack, environment: Environment
) -> None:
    kinds = sorted(resource["Type"] for resource in events.template["Resources"].values())
    policies = ["AWS::S3::BucketPolicy"] * 2 if environment.tls_only else []
    key = ["AWS::KMS::Alias", "AWS::KMS::Key", "AWS::SSM::Parameter"] if environment.encryption == "customer" else []
    state = ["AWS::DynamoDB::Table"] * 2 + ["AWS::S3::Bucket"] * 2
    assert kinds == sorted([*state, *policies, "AWS::SSM::Parameter", *key])


def test_the_events_table_is_exactly_this(events: Stack, environment: Environment) -> None:
    expected = table("events", "N", environment) | {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}
    found = events.properties("AWS::DynamoDB::Table", TableName=expected["TableName"])
    assert shown(found, environment) == shown(expected, environment)


def test_a_parameter_holds_the_arn_of_its_stream(events: Stack, environment: Environment) -> None:
    id, _ = events.one("AWS::DynamoDB::Table", TableName=f"tallygate-{environment.name}-events")
    parameter = events.properties("AWS::SSM::Parameter", Name=f"/tallygate/{environment.name}/events-stream")
    assert parameter["Value"] == {"Fn::GetAtt": [id, "StreamArn"]}


def test_the_batches_table_is_exactly_this(events: Stack, environment: Environment) -> None:
    expected = table("batches", "S", environment)
    found = events.properties("AWS::DynamoDB::Table", TableName=expected["TableName"])
    assert shown(found, environment) == shown(expected, environment)


def test_the_views_table_is_exactly_this(fan_out: Stack, environment: Environment) -> None:
    _, found = fan_out.one("AWS::DynamoDB::Table")
    expected = table("views", "S", environment)
    assert shown(fan_out.properties("AWS::DynamoDB::Table"), environment) == shown(expected, environment)
    assert found["DeletionPolicy"] == found["UpdateReplacePolicy"] == KEPT[environment.retain_data]


def bucket(events: Stack, environment: Environment, name: str) -> tuple[str, dict[str, Any]]:
    """The bucket of that name: its logical id, and its properties beside name and tags."""
    full = f"tallygate-{environment.name}-{name}-${{AWS::AccountId}}-${{AWS::Region}}"
    found = [(id, one["Properties"]) for id, one in events.of_type("AWS::S3::Bucket").items()]
    ((id, properties),) = [(id, one) for id, one in found if text(one["BucketName"]) == full]
    return id, {name: value for name, value in properties.items() if name not in ("BucketName", "Tags")}


def closed_bucket(*rules: dict[str, object]) -> dict[str, Any]:
    closed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    return {
        "VersioningConfiguration": {"Status": "Enabled"},
        "PublicAccessBlockConfiguration": dict.fromkeys(closed, True),
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
        "LifecycleConfiguration": {"Rules": list(rules)},
    }


def noncurrent(id: str, days: int) -> dict[str, object]:
    return {
        "Id": id,
        "NoncurrentVersionExpiration": {"NoncurrentDays": days},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": days},
        "Status": "Enabled",
    }


def test_the_bucket_of_batches_is_exactly_this(events: Stack, environment: Environment) -> None:
    ours = {"Id": "ours", "Prefix": "batches/", "ExpirationInDays": 30, "Status": "Enabled"}
    _, properties = bucket(events, environment, "batches")
    assert shown(properties, environment) == shown(closed_bucket(ours, noncurrent("overwritten", 30)), environment)


def test_the_overflow_bucket_is_exactly_this_and_no_object_of_it_expires(
    events: Stack, environment: Environment
) -> None:
    _, properties = bucket(events, environment, "overflow")
    assert shown(properties, environment) == shown(closed_bucket(noncurrent("deleted", 35)), environment)


@pytest.mark.parametrize("name", ["batches", "overflow"])
def test_plain_http_is_refused_where_the_environment_says_so(
    events: Stack, environment: Environment, name: str
) -> None:
    if not environment.tls_only:
        assert events.of_type("AWS::S3::BucketPolicy") == {}
        return
    id, _ = bucket(events, environment, name)
    policy = events.properties("AWS::S3::BucketPolicy", Bucket={"Ref": id})
    (found,) = policy["PolicyDocument"]["Statement"]
    statement = dict(found)  # other tests look at the same template
    assert [text(resource) for resource in statement.pop("Resource")] == [f"${{{id}.Arn}}", f"${{{id}.Arn}}/*"]
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


def test_every_stack_of_an_environment_with_protected_data_is_protected(
    layers: Stack, events: Stack, batch: Stack, fan_out: Stack, environment: Environment
) -> None:
    protected = [stack.termination_protection for stack in (layers, events, batch, fan_out)]
    assert protected == [environment.protect_data] * 4


def test_production_protects_and_retains_and_no_other_does() -> None:
    kept = {name: (one.protect_data, one.retain_data) for name, one in ENVIRONMENTS.items()}
    nothing = (False, False)
    assert kept == {"local": nothing, "dev": nothing, "test": nothing, "prod": (True, True)}

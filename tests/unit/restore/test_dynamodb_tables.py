"""What DynamoDB's control plane answers while a new table is not yet quite there. The emulator has no such moment."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tallygate.restore.dynamodb_tables import RECOVERY_DAYS, DynamoDBTables

NAME = "tallygate-dev-events-2"
REQUEST = {
    "TableName": NAME,
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": RECOVERY_DAYS},
}


@pytest.fixture
def answers() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client("dynamodb", region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="s")
    with Stubber(client) as stubber:
        yield client, stubber


def refuse(stubber: Stubber, code: str) -> None:
    stubber.add_client_error("update_continuous_backups", code, "later", 400, expected_params=REQUEST)


def test_backups_that_are_still_being_enabled_are_waited_for(answers: tuple[Any, Stubber]) -> None:
    client, stubber = answers
    for _ in range(2):
        refuse(stubber, "ContinuousBackupsUnavailableException")
    stubber.add_response("update_continuous_backups", {}, REQUEST)
    DynamoDBTables(client).keep_backups(NAME, Deadline.after(10))
    stubber.assert_no_pending_responses()


def test_they_are_waited_for_until_the_deadline(answers: tuple[Any, Stubber]) -> None:
    client, stubber = answers
    refuse(stubber, "ContinuousBackupsUnavailableException")
    with pytest.raises(Unavailable, match=NAME):
        DynamoDBTables(client).keep_backups(NAME, Deadline.after(0))


def test_what_is_refused_for_another_reason_is_raised(answers: tuple[Any, Stubber]) -> None:
    client, stubber = answers
    refuse(stubber, "AccessDeniedException")
    with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
        DynamoDBTables(client).keep_backups(NAME, Deadline.after(10))


def restored_under(client: Any, keys: Any, encryption: dict[str, Any]) -> dict[str, Any] | None:
    """What a restore asks for of a table that was made with that; moto itself takes everything."""
    asked: list[dict[str, Any]] = []
    client.create_table(
        TableName="events",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **encryption,
    )
    wanted = {"PointInTimeRecoveryEnabled": True}
    client.update_continuous_backups(TableName="events", PointInTimeRecoverySpecification=wanted)
    client.meta.events.register(
        "provide-client-params.dynamodb.RestoreTableToPointInTime", lambda params, **_: asked.append(dict(params))
    )
    tables, until = DynamoDBTables(client, keys), Deadline.after(10)
    source = tables.look("events", until)
    assert source is not None
    tables.restore(source, NAME, datetime.now(UTC), until)
    (request,) = asked
    return request.get("SSESpecificationOverride")


@pytest.fixture
def account() -> Iterator[Callable[[Any], Any]]:
    with mock_aws():
        yield lambda service: boto3.client(
            service, region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="s"
        )


def test_a_table_under_a_key_that_aws_owns_is_restored_without_a_word_of_keys(account: Callable[[Any], Any]) -> None:
    assert restored_under(account("dynamodb"), account("kms"), {}) is None


def test_the_key_that_aws_manages_is_not_named(account: Callable[[Any], Any]) -> None:
    """DynamoDB wants a key's id only where it is another one than alias/aws/dynamodb."""
    keys = account("kms")
    keys.meta.events.register("after-call.kms.DescribeKey", as_aws_tells_of_its_own)  # moto takes each for a customer's
    encryption = {"SSESpecification": {"Enabled": True, "SSEType": "KMS"}}
    assert restored_under(account("dynamodb"), keys, encryption) == {"Enabled": True, "SSEType": "KMS"}


def test_a_key_of_ones_own_is_named(account: Callable[[Any], Any]) -> None:
    keys = account("kms")
    encryption = under_ones_own(keys)
    assert restored_under(account("dynamodb"), keys, {"SSESpecification": encryption}) == encryption


def under_ones_own(keys: Any) -> dict[str, Any]:
    return {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": keys.create_key()["KeyMetadata"]["Arn"]}


def as_aws_tells_of_its_own(parsed: dict[str, Any], **_: Any) -> None:
    parsed["KeyMetadata"]["KeyManager"] = "AWS"

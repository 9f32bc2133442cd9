"""What DynamoDB's control plane answers while a new table is not yet quite there. The emulator has no such moment."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

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

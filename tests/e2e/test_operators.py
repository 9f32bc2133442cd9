"""The policies of stacks/operators.py, each given to a user, with roles enforced: what works, and what is refused."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from local.deployment import BATCHES_TABLE, BUCKET, EVENTS_TABLE, STATE_MACHINE, VIEWS_TABLE
from local.emulator.process import ACCOUNT, REGION
from stacks.environments import ENVIRONMENTS
from stacks.operators import Place, policy
from tallygate.events import EventStore
from tallygate.events.dynamodb import DynamoDBCommitLog
from tests.e2e.conftest import App
from tests.e2e.domain import acts

pytestmark = pytest.mark.e2e
PLACE = Place(environment=ENVIRONMENTS["local"], account=ACCOUNT, region=REGION)


class User:
    """Somebody with one of the policies."""

    def __init__(self, app: App, may: str, *categories: str) -> None:
        owner = app.deployment.emulator.client_settings()
        iam, self.name = boto3.client("iam", **owner), f"who-may-{may}-{uuid4().hex[:6]}"
        iam.create_user(UserName=self.name)
        document = json.dumps(policy(may, PLACE, categories))
        iam.put_user_policy(UserName=self.name, PolicyName="may", PolicyDocument=document)
        key = iam.create_access_key(UserName=self.name)["AccessKey"]
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        self._settings = owner | keys

    def client(self, service: str) -> Any:
        return boto3.client(service, **self._settings)  # type: ignore[call-overload]

    def refused(self, service: str, operation: str, **arguments: Any) -> bool:
        """Whether a call is refused for want of a permission. Any other answer means that it may be made."""
        try:
            getattr(self.client(service), operation)(**arguments)
        except ClientError as error:
            return "AccessDenied" in error.response["Error"]["Code"]
        return False


@pytest.fixture(scope="module")
def batch(app: App) -> str:
    """The ARN of an execution that has ended."""
    arn = app.start({"manifest": app.upload("operators.csv", "id,act\n1,ok\n"), "name": "operators"})
    assert app.wait(arn).status == "SUCCEEDED"
    return arn


@pytest.fixture
def enforced(app: App, batch: str) -> Iterator[App]:
    app.deployment.emulator.enforce_roles()
    yield app
    app.deployment.emulator.enforce_roles(enforced=False)


KEY = {"pk": {"S": "a-1"}, "sk": {"N": "1"}}
STARTS = ("stepfunctions", "start_execution", {"stateMachineArn": STATE_MACHINE, "input": "{}"})
UPLOADS = ("s3", "put_object", {"Bucket": BUCKET, "Key": "manifests/x.csv", "Body": b"id\n"})
READS = ("dynamodb", "get_item", {"TableName": EVENTS_TABLE, "Key": KEY})
QUERIES = (
    "dynamodb",
    "query",
    {
        "TableName": BATCHES_TABLE,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "batch#operators#0"}},
    },
)
NEVER = {"ConditionExpression": "attribute_exists(pk)"}  # whoever may put is told that the condition failed
UNPARKS = ("dynamodb", "put_item", {"TableName": VIEWS_TABLE, "Item": {"pk": {"S": "x"}, "sk": {"S": "x"}}, **NEVER})
APPENDS = ("dynamodb", "put_item", {"TableName": EVENTS_TABLE, "Item": KEY, **NEVER})
DELETES = ("dynamodb", "delete_item", {"TableName": EVENTS_TABLE, "Key": KEY})
OVERWRITES = ("s3", "put_object", {"Bucket": BUCKET, "Key": "batches/x/g0/index", "Body": b""})
ALL: dict[str, tuple[str, str, dict[str, Any]]] = {
    "starts": STARTS, "uploads": UPLOADS, "reads": READS, "queries": QUERIES, "unparks": UNPARKS, "appends": APPENDS,
    "deletes": DELETES, "overwrites": OVERWRITES,
}  # fmt: skip


@pytest.mark.parametrize(
    ("may", "works"),
    [
        ("start", {"starts", "uploads", "describes"}),
        ("look", {"reads", "queries", "describes", "history"}),
        ("operate", {"starts", "reads", "queries", "unparks", "describes", "history", "redrives"}),
        ("append", {"appends"}),
    ],
)
def test_who_may_do_this_may_do_no_more(enforced: App, batch: str, may: str, works: set[str]) -> None:
    user = User(enforced, may)
    calls: dict[str, tuple[str, str, dict[str, Any]]] = ALL | {
        "describes": ("stepfunctions", "describe_execution", {"executionArn": batch}),
        "history": ("stepfunctions", "get_execution_history", {"executionArn": batch}),
        "redrives": ("stepfunctions", "redrive_execution", {"executionArn": batch}),
    }
    assert {what for what, (service, name, given) in calls.items() if not user.refused(service, name, **given)} == works


def test_who_may_append_to_some_categories_may_do_it_by_the_store_and_to_no_other(enforced: App) -> None:
    user = User(enforced, "append", acts.COUNTER.category)
    store = EventStore(DynamoDBCommitLog(EVENTS_TABLE, user.client("dynamodb")))
    done = store.execute(acts.COUNTER, "operators", lambda _: [acts.Counted()], command_id="c", since=datetime.now(UTC))
    assert done.commit is not None
    assert user.refused("dynamodb", "put_item", TableName=EVENTS_TABLE, Item=KEY, **NEVER)

"""The only primitive: write a record under its key unless there is one already.

Everything that Tallygate counts is written through here. The write may be sent any number of times; the key decides.
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from botocore.exceptions import BotoCoreError, ClientError

from tallygate import aws
from tallygate.deadline import Deadline, full_jitter
from tallygate.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]  # DynamoDB's attribute-value form: {"pk": {"S": "…"}, …}
T = TypeVar("T")

NOTHING_UNDER_THIS_KEY = "attribute_not_exists(pk)"
_BASE_SECONDS, _CAP_SECONDS = 0.02, 1.0


def put_if_absent(client: "DynamoDBClient", table: str, item: Item, until: Deadline) -> Item | None:
    """Put `item` if its key is free.

    Returns
    -------
    Item or None
        None if this call wrote the item; else the item that stands under the key. It may be our own, from an earlier
        try whose answer was lost: the caller compares the id that it put into the item.

    Raises
    ------
    Unavailable
        The deadline passed with the answer still out; the item may have been written.
    """

    # The race this settles:   A: put ──▶ written ──✗ answer lost ──▶ put again ──▶ condition fails, ALL_OLD = A's
    #                          B:          put ──▶ condition fails, ALL_OLD = A's
    def send() -> Item | None:
        try:
            client.put_item(
                TableName=table,
                Item=item,
                ConditionExpression=NOTHING_UNDER_THIS_KEY,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as exc:
            standing = standing_item(exc)
            if standing is None:
                raise
            return standing
        return None

    return resend(send, until, what=f"the write to {table}")


def standing_item(exc: ClientError) -> Item | None:
    """The item that made a condition fail, or None where the error is another one."""
    if aws.error_code(exc) != "ConditionalCheckFailedException":
        return None
    item = exc.response.get("Item") or {}
    return cast("Item", item)


def resend(call: Callable[[], T], until: Deadline, *, what: str) -> T:
    """Send `call` again while it gets no answer, with full jitter, until the deadline.

    Only for calls that may be repeated: reads, and writes that a condition protects.

    Raises
    ------
    Unavailable
        The deadline passed. Errors that are answers (access denied, validation …) are raised as they came.
    """
    attempt = 0
    while True:
        try:
            return call()
        except (ClientError, BotoCoreError) as exc:
            if not aws.is_unanswered(exc):
                raise
            pause = full_jitter(attempt, base=_BASE_SECONDS, cap=_CAP_SECONDS)
            if until.left <= pause:
                raise Unavailable(
                    f"{what} got no answer before the deadline ({exc}): try again with the same ids"
                ) from exc
        time.sleep(pause)
        attempt += 1

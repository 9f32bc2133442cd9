"""Several records under their keys, all of them or none: the primitive, by transaction, at twice the price."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.put_if_absent import NOTHING_UNDER_THIS_KEY, Item, resend

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ITEMS = 100  # DynamoDB's limit on a transaction
# Reasons for which a whole transaction is cancelled although nothing is wrong with it; the SDK doesn't retry them.
_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


class _Again(aws.Unanswered):
    """The transaction was cancelled for a passing reason."""


def put_together(
    client: "DynamoDBClient", table: str, items: Sequence[Item], token: str, until: Deadline
) -> list[Item | None] | None:
    """Put all items if all their keys are free.

    Parameters
    ----------
    token : str
        The same for every try, at most 36 characters: within ten minutes DynamoDB itself recognises a repeated one.

    Returns
    -------
    list or None
        None if this call wrote the items; else, item by item, what stands under its key (None: it is free).

    Raises
    ------
    Unavailable
        The deadline passed with the answer still out; the items may have been written.
    """
    puts = [{"Put": {"TableName": table, "Item": item, **_CONDITION}} for item in items]

    def send() -> list[Item | None] | None:
        try:
            client.transact_write_items(TransactItems=cast("Any", puts), ClientRequestToken=token)
        except ClientError as exc:
            reasons = _reasons(exc)
            if reasons is None:
                raise
            return _standing(reasons, exc)
        return None

    return resend(send, until, what=f"the transaction on {table}")


_CONDITION = {
    "ConditionExpression": NOTHING_UNDER_THIS_KEY,
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}


def _reasons(exc: ClientError) -> list[dict[str, Any]] | None:
    if aws.error_code(exc) != "TransactionCanceledException":
        return None
    return list(cast("Any", exc.response).get("CancellationReasons", []))


def _standing(reasons: list[dict[str, Any]], exc: ClientError) -> list[Item | None]:
    codes = {reason.get("Code", "None") for reason in reasons}
    if "ConditionalCheckFailed" in codes:
        # A failed condition decides, whatever else was in the way of the other items.
        return [reason.get("Item") if reason.get("Code") == "ConditionalCheckFailed" else None for reason in reasons]
    if codes & _PASSING:
        raise _Again(f"cancelled: {', '.join(sorted(codes - {'None'}))}") from exc
    raise exc

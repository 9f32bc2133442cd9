"""Queries that never stop at a page."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tallygate.deadline import Deadline
from tallygate.put_if_absent import Item, resend

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryOutputTypeDef


def query(client: "DynamoDBClient", request: dict[str, Any], until: Deadline) -> Iterator[Item]:
    """All items of a query, page by page (DynamoDB ends a page at 1 MB).

    Parameters
    ----------
    request : dict
        The arguments of `Query`, without `ExclusiveStartKey`.

    Raises
    ------
    Unavailable
        The deadline passed.
    """
    page: dict[str, Any] = {}
    while True:

        def call(page: dict[str, Any] = page) -> "QueryOutputTypeDef":
            return client.query(**request, **page)

        answer = resend(call, until, what=f"the read of {request['TableName']}")
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        page = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

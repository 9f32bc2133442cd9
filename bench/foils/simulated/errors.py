"""DynamoDB's refusals, as botocore raises them."""

from typing import Any, cast

from botocore.exceptions import ClientError

STATUS = {"InternalServerError": 500}


def refusal(code: str, operation: str, message: str = "", **more: Any) -> ClientError:
    """A `ClientError` with this code."""
    answer = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": STATUS.get(code, 400)},
        **more,
    }
    return ClientError(cast("Any", answer), operation)

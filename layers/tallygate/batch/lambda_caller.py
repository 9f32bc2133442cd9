"""Lets a Lambda function, of any language, handle messages: for `message_worker`."""

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tallygate import aws
from tallygate.errors import TallygateError, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class FunctionFailed(TallygateError):
    """The function ran and failed."""


def invoking(function: str, client: Callable[[], "LambdaClient"] | None = None) -> Callable[[dict[str, Any], Any], Any]:
    """A handler that invokes a function and waits for its answer.

    Throttled or unanswered it raises `Unavailable`, and the item is tried again: the function may then run twice for
    one item, with the same message id. A function error raises `FunctionFailed`. Other answers of Lambda (no such
    function, access denied) are raised as they came, and fail the item: the worker's role needs lambda:InvokeFunction.

    Parameters
    ----------
    function : str
        Its name or ARN. Its timeout is below that of the chunk's worker.
    client : callable, optional
        Makes the client when the first item needs it. Default: Tallygate's that waits for a function's end.
    """
    make = cache(client or aws.patient_functions)

    def handle(event: dict[str, Any], _context: object) -> Any:  # noqa: ANN401 (whatever the function returns)
        try:
            answer = make().invoke(FunctionName=function, Payload=json.dumps(event))
            payload = answer["Payload"].read()
        except (ClientError, BotoCoreError) as exc:
            if not aws.is_unanswered(exc):
                raise
            raise Unavailable(f"{function} gave no answer ({exc}): the item is tried again") from exc
        if answer.get("FunctionError"):
            raise FunctionFailed(f"{function}: {_error(payload)}")
        return json.loads(payload) if payload else None

    return handle


def _error(payload: bytes) -> str:
    """Type and message of a function's error, whatever the language makes of it."""
    try:
        error = json.loads(payload)
        return f"{error.get('errorType', 'Error')}: {error.get('errorMessage', '')}"
    except (ValueError, AttributeError):
        return payload[:200].decode(errors="replace")

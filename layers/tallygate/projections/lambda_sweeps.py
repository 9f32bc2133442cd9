"""Sweeps by asynchronous invocation of a consumer's sweep function."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from tallygate import aws
from tallygate.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class LambdaSweeps:
    """Invokes `<prefix>-sweep-<consumer>`.

    Parameters
    ----------
    prefix : str
        Such as `tallygate-dev`.
    client : LambdaClient, optional
        Default: the process's client with Tallygate's deadlines.
    """

    def __init__(self, prefix: str, client: "LambdaClient | None" = None) -> None:
        self._prefix = prefix
        self._client = client or aws.functions()

    def __call__(self, consumer: str, /) -> None:
        """See `Sweeping`. Raises `Unavailable`: ask again."""
        function = f"{self._prefix}-sweep-{consumer}"
        try:
            self._client.invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
        except (ClientError, BotoCoreError) as exc:
            if not aws.is_unanswered(exc):
                raise
            raise Unavailable(f"{function} could not be invoked ({exc}): try again") from exc

"""Sweeps by invocation of a consumer's sweep function."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from tallygate import aws
from tallygate.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class LambdaSweeps:
    """Invokes `<prefix>-sweep-<consumer>` and waits for its end, so that one sweep is under way and no crowd of them.

    Parameters
    ----------
    prefix : str
        Such as `tallygate-dev`.
    client : LambdaClient, optional
        Default: one that waits as long as a sweep may take.
    """

    def __init__(self, prefix: str, client: "LambdaClient | None" = None) -> None:
        self._prefix = prefix
        self._client = client or aws.patient_functions()

    def __call__(self, consumer: str, /) -> None:
        """See `Sweeping`."""
        function = f"{self._prefix}-sweep-{consumer}"
        try:
            answer = self._client.invoke(FunctionName=function, Payload=b"{}")
        except (ClientError, BotoCoreError) as exc:
            if not aws.is_unanswered(exc):
                raise
            raise Unavailable(f"{function} gave no answer ({exc}): ask again, it goes on where it left off") from exc
        if "FunctionError" in answer:
            said = answer["Payload"].read(1000).decode(errors="replace")
            raise Unavailable(f"{function} failed ({said}): look at its log; ask again, it goes on where it left off")

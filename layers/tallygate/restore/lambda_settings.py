"""What an environment uses at present, by the settings of its functions."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.put_if_absent import resend
from tallygate.restore.asked import InUse, prefix
from tallygate.restore.errors import UnknownEnvironment

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

WORKER = "work"


class LambdaSettings:
    """Reads the settings of the worker function: it appends.

    Parameters
    ----------
    client : LambdaClient, optional
        Default: the process's client with Tallygate's deadlines.
    """

    def __init__(self, client: "LambdaClient | None" = None) -> None:
        self._client = client or aws.functions()

    def in_use(self, environment: str, until: Deadline) -> InUse:
        """What the environment uses. Raises UnknownEnvironment."""
        function = f"{prefix(environment)}-{WORKER}"
        try:
            answer = resend(
                lambda: self._client.get_function_configuration(FunctionName=function),
                until,
                what=f"the look at {function}",
            )
        except ClientError as exc:
            if aws.error_code(exc) != "ResourceNotFoundException":
                raise
            raise UnknownEnvironment(
                f"there is no function {function} in this account and Region: look at ENV, AWS_PROFILE and AWS_REGION; "
                "where the stack itself is gone, deploy it first"
            ) from exc
        found = answer["Environment"]["Variables"]
        return InUse(
            table=found["EVENTS_TABLE"], epoch=int(found["EVENTS_EPOCH"]), overflow_bucket=found["OVERFLOW_BUCKET"]
        )

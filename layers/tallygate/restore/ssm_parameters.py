"""The SSM parameter that tells the relay's stack where the stream of a restored table is."""

from typing import TYPE_CHECKING

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.put_if_absent import resend

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class SsmStreamParameters:
    """Writes parameters.

    Parameters
    ----------
    client : SSMClient, optional
        Default: the process's client with Tallygate's deadlines.
    """

    def __init__(self, client: "SSMClient | None" = None) -> None:
        self._client = client or aws.parameters()

    def put(self, name: str, stream: str, until: Deadline) -> None:
        """See `StreamParameters.put`."""
        resend(
            lambda: self._client.put_parameter(
                Name=name,
                Value=stream,
                Type="String",
                Overwrite=True,
                Description="ARN of the stream of a restored events table",
            ),
            until,
            what=f"the write of {name}",
        )

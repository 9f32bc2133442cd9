"""The transport on a Kinesis data stream."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from tallygate import aws
from tallygate.errors import Unavailable
from tallygate.relay.transport import WireRecord

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient


class KinesisTransport:
    """Records in one Kinesis data stream.

    Parameters
    ----------
    stream : str
        The Kinesis stream's name.
    client : KinesisClient, optional
        Default: the process's client with Tallygate's deadlines.
    """

    def __init__(self, stream: str, client: "KinesisClient | None" = None) -> None:
        self._stream = stream
        self._client = client or aws.kinesis()

    def put(self, records: Sequence[WireRecord]) -> Mapping[int, str]:
        """See `Transport.put`. Errors that are answers (access denied, no such stream …) are raised as they came."""
        try:
            answer = self._client.put_records(
                StreamName=self._stream,
                Records=[{"Data": record.data, "PartitionKey": record.partition_key} for record in records],
            )
        except (ClientError, BotoCoreError) as exc:
            if not aws.is_unanswered(exc):
                raise
            raise Unavailable(f"{self._stream} gave no answer ({exc}): send the same records again") from exc
        results = answer["Records"]
        if len(results) != len(records):
            raise Unavailable(f"{self._stream} answered for {len(results)} of {len(records)} records: send all again")
        # What has no sequence number was not kept, whatever else the answer says.
        return {
            index: result.get("ErrorCode") or "no sequence number"
            for index, result in enumerate(results)
            if result.get("ErrorCode") or not result.get("SequenceNumber")
        }

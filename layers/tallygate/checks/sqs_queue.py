"""A queue of SQS to look at."""

import re
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.checks.queue_drained import Depth
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.put_if_absent import resend

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import GetQueueAttributesResultTypeDef

DEADLINE_SECONDS = 10.0
_URL = re.compile(r"https?://[^/\s]+/\d{12}/[A-Za-z0-9_-]{1,80}(?:\.fifo)?")
_MISSING = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})


class SqsQueue:
    """A queue of SQS.

    Parameters
    ----------
    url : str
        Its address, such as `https://sqs.eu-west-1.amazonaws.com/111122223333/orders`.
    client : SQSClient, optional
        Default: the process's client with Tallygate's deadlines.

    Raises
    ------
    InvalidInput
        That is no queue's address.
    """

    def __init__(self, url: str, client: "SQSClient | None" = None) -> None:
        if not _URL.fullmatch(url):
            raise InvalidInput(
                f"{url!r} is no queue's address: give it as https://sqs.<region>.amazonaws.com/<account>/<name>, no ARN"
            )
        self._url = url
        self._client = client or aws.sqs()

    def depth(self) -> Depth:
        """See `Queue.depth`. One GetQueueAttributes; the counts are SQS's, which are approximate."""

        def call() -> "GetQueueAttributesResultTypeDef":
            return self._client.get_queue_attributes(
                QueueUrl=self._url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                    "ApproximateNumberOfMessagesDelayed",
                ],
            )

        try:
            answer = resend(call, Deadline.after(DEADLINE_SECONDS), what=f"the look at {self._url}")
        except ClientError as exc:
            if aws.error_code(exc) in _MISSING:
                raise InvalidInput(f"the queue {self._url} does not exist: mend its address, or create it") from exc
            raise InvalidInput(
                f"{self._url} can't be looked at ({exc}): allow the function sqs:GetQueueAttributes on it"
            ) from exc
        found = answer["Attributes"]
        return Depth(
            visible=int(found["ApproximateNumberOfMessages"]),
            in_flight=int(found["ApproximateNumberOfMessagesNotVisible"]),
            delayed=int(found["ApproximateNumberOfMessagesDelayed"]),
        )

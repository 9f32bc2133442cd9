"""The task queue on SQS: a standard queue."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from tallygate import aws
from tallygate.batch.queue.task_queue import (
    MAX_AT_ONCE,
    MAX_REQUEST_BYTES,
    Message,
    QueueRefused,
    UnknownQueue,
    demand_sizes,
)
from tallygate.deadline import Deadline, full_jitter
from tallygate.errors import Unavailable
from tallygate.put_if_absent import resend

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

T = TypeVar("T")

DEADLINE_SECONDS = 10.0
_BASE_SECONDS, _CAP_SECONDS = 0.05, 1.0
_NO_QUEUE = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})
# The receipt is of an earlier receive, or its message was deleted; an SDK's second try of a delete meets this too.
_NOT_OURS = frozenset({"ReceiptHandleIsInvalid", "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"})


class SqsTaskQueue:
    """Messages in one SQS queue.

    Parameters
    ----------
    url : str
        The queue's address.
    client : SQSClient, optional
        Default: the process's client with Tallygate's deadlines, made when it is first needed.
    patient : SQSClient, optional
        For long polls: its read timeout is above 20 s. Default: the process's.
    """

    def __init__(self, url: str, client: "SQSClient | None" = None, patient: "SQSClient | None" = None) -> None:
        self._url = url
        self._given, self._given_patient = client, patient

    @property
    def _client(self) -> "SQSClient":
        return self._given or aws.sqs()

    @property
    def _patient(self) -> "SQSClient":
        return self._given_patient or aws.patient_sqs()

    def send(self, bodies: Sequence[str], until: Deadline) -> None:
        """See `TaskQueue.send`."""
        demand_sizes(bodies)
        for request in _requests(bodies):
            self._send(request, until)

    def receive(self, *, wait_seconds: int, hidden_seconds: int, most: int = 1) -> Sequence[Message]:
        """See `TaskQueue.receive`."""
        try:
            answer = self._patient.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(most, MAX_AT_ONCE),
                WaitTimeSeconds=wait_seconds,
                VisibilityTimeout=hidden_seconds,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        except (ClientError, BotoCoreError) as exc:
            raise self._translated(exc) from exc
        return [_message(raw) for raw in answer.get("Messages", [])]

    def extend(self, message: Message, seconds: int) -> bool:
        """See `TaskQueue.extend`."""
        return self._ours(
            lambda: self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=message.receipt, VisibilityTimeout=seconds
            )
        )

    def delete(self, message: Message) -> None:
        """See `TaskQueue.delete`."""
        self._ours(lambda: self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt))

    def waiting(self) -> int:
        """See `TaskQueue.waiting`."""
        answer = self._call(
            lambda: self._client.get_queue_attributes(
                QueueUrl=self._url, AttributeNames=["ApproximateNumberOfMessages"]
            )
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def _send(self, bodies: list[str], until: Deadline) -> None:
        attempt = 0
        while bodies := self._refused(bodies, until):
            pause = full_jitter(attempt, base=_BASE_SECONDS, cap=_CAP_SECONDS)
            if until.left <= pause:
                raise Unavailable(f"{self._url} took some messages only before the deadline: send all again")
            time.sleep(pause)
            attempt += 1

    def _refused(self, bodies: list[str], until: Deadline) -> list[str]:
        """Send one request; returns what is to be sent again."""
        entries: list[Any] = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        answer = self._call(lambda: self._client.send_message_batch(QueueUrl=self._url, Entries=entries), until)
        for failed in answer.get("Failed", []):
            if failed.get("SenderFault"):
                raise QueueRefused(f"{self._url} refuses a message: {failed['Code']}, {failed.get('Message', '')}")
        # What isn't said to be kept was not kept, whatever else the answer says.
        kept = {success["Id"] for success in answer.get("Successful", [])}
        return [body for number, body in enumerate(bodies) if str(number) not in kept]

    def _ours(self, call: Callable[[], object]) -> bool:
        try:
            self._call(call)
        except QueueRefused as exc:
            cause = exc.__cause__
            # InvalidParameterValue: the receipt has expired (API reference of ChangeMessageVisibility, DeleteMessage).
            if isinstance(cause, ClientError) and aws.error_code(cause) in _NOT_OURS | {"InvalidParameterValue"}:
                return False
            raise
        return True

    def _call(self, call: Callable[[], T], until: Deadline | None = None) -> T:
        try:
            return resend(call, until or Deadline.after(DEADLINE_SECONDS), what=f"the request to {self._url}")
        except (ClientError, BotoCoreError) as exc:
            raise self._translated(exc) from exc

    def _translated(self, exc: ClientError | BotoCoreError) -> Exception:
        if aws.is_unanswered(exc):
            return Unavailable(f"{self._url} gave no answer ({exc}): ask again")
        if isinstance(exc, ClientError) and aws.error_code(exc) in _NO_QUEUE:
            return UnknownQueue(f"there is no queue {self._url}: mend the address, or deploy the queue (stacks/)")
        return QueueRefused(f"{self._url} refuses: {exc}; permit it to the role that this process runs as")


def _requests(bodies: Sequence[str]) -> Iterator[list[str]]:
    request: list[str] = []
    size = 0
    for body in bodies:
        more = len(body.encode())
        if request and (len(request) == MAX_AT_ONCE or size + more > MAX_REQUEST_BYTES):
            yield request
            request, size = [], 0
        request.append(body)
        size += more
    if request:
        yield request


def _message(raw: Any) -> Message:  # noqa: ANN401 (boto3's type says that everything may be missing)
    received = int(raw.get("Attributes", {}).get("ApproximateReceiveCount", 1))
    return Message(body=raw["Body"], receipt=raw["ReceiptHandle"], received=received)

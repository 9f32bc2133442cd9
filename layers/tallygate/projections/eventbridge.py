"""The outbox on an EventBridge bus."""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tallygate import aws
from tallygate.deadline import Deadline, full_jitter
from tallygate.errors import Unavailable
from tallygate.projections.effect import Message
from tallygate.put_if_absent import resend

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

# Source of both: PutEvents in the EventBridge API reference.
MAX_ENTRIES = 10
MAX_REQUEST_BYTES = 256 * 1024
_ENTRY_BYTES = 100  # source, type and time of an entry, about, beside its detail
_BASE_SECONDS, _CAP_SECONDS = 0.05, 1.0


class EventBridgeOutbox:
    """Sends to one bus; what it doesn't take is sent again, in order.

    Parameters
    ----------
    bus : str
        Its name.
    client : EventBridgeClient, optional
        Default: the process's client with Tallygate's deadlines.
    """

    def __init__(self, bus: str, client: "EventBridgeClient | None" = None) -> None:
        self._bus = bus
        self._client = client or aws.events()

    def send(self, messages: Sequence[Message], until: Deadline) -> None:
        """See `Outbox.send`."""
        for entries in _requests([self._entry(message) for message in messages]):
            self._send(entries, until)

    def _send(self, entries: list[Any], until: Deadline) -> None:
        attempt = 0
        while entries:
            given = entries
            answer = resend(lambda given=given: self._client.put_events(Entries=given), until, what=self._what)  # type: ignore[misc]
            if not answer["FailedEntryCount"]:
                return
            pairs = zip(entries, answer["Entries"], strict=True)
            refused = [(entry, result) for entry, result in pairs if result.get("ErrorCode")]
            entries = [entry for entry, _ in refused]
            pause = full_jitter(attempt, base=_BASE_SECONDS, cap=_CAP_SECONDS)
            if until.left <= pause:
                reason = refused[0][1].get("ErrorMessage", "")
                raise Unavailable(f"{self._what} was refused before the deadline ({reason}): try again")
            time.sleep(pause)
            attempt += 1

    @property
    def _what(self) -> str:
        return f"the message to {self._bus}"

    def _entry(self, message: Message) -> dict[str, Any]:
        return {
            "EventBusName": self._bus,
            "Source": message.source,
            "DetailType": message.type,
            "Time": message.at,
            "Detail": message.detail,
        }


def _requests(entries: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    request: list[dict[str, Any]] = []
    size = 0
    for entry in entries:
        more = _ENTRY_BYTES + len(entry["Detail"].encode())
        if request and (len(request) == MAX_ENTRIES or size + more > MAX_REQUEST_BYTES):
            yield request
            request, size = [], 0
        request.append(entry)
        size += more
    if request:
        yield request

"""The port: a queue of chunks. A message is only a hint; everything that is counted is in the chunk records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput, TallygateError

MAX_WAIT_SECONDS = 20
MAX_AT_ONCE = 10
# SQS takes 1 MiB (API reference of SendMessageBatch) and bills each 64 KiB as a request; a quarter does for every
# server that speaks SQS. A chunk's message has 150 bytes.
MAX_MESSAGE_BYTES = MAX_REQUEST_BYTES = 256 * 1024


class UnknownQueue(InvalidInput):
    """There is no such queue."""


class QueueRefused(TallygateError):
    """The queue answered, and the answer is no: a permission is missing, or a message can't be kept."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was received.

    Parameters
    ----------
    body : str
    receipt : str
        Names this receipt of it: valid until the message is received again.
    received : int
        How often it was received, this time included.
    """

    body: str
    receipt: str
    received: int = 1


class TaskQueue(Protocol):
    """Messages, each delivered at least once, in any order. Every method may raise `QueueRefused`, `UnknownQueue`."""

    def send(self, bodies: Sequence[str], until: Deadline) -> None:
        """Send them all. What the queue didn't take is sent again; some may be sent twice.

        Raises
        ------
        Unavailable
            The deadline passed before the queue had taken all: send all again.
        InvalidInput
            A body has more than `MAX_MESSAGE_BYTES` bytes. Nothing was sent.
        """
        ...

    def receive(self, *, wait_seconds: int, hidden_seconds: int, most: int = 1) -> Sequence[Message]:
        """Up to `most` messages (10 at most), hidden from others for so long.

        Parameters
        ----------
        wait_seconds : int
            How long to wait for a first one, 0 to 20.

        Raises
        ------
        Unavailable
            No answer: what it may have held is seen again after `hidden_seconds`.
        """
        ...

    def extend(self, message: Message, seconds: int) -> bool:
        """Hide a message for so long from now; 0 shows it at once. False if it is no longer ours.

        Raises
        ------
        Unavailable
        """
        ...

    def delete(self, message: Message) -> None:
        """The message is done. Nothing happens if it is gone already.

        Raises
        ------
        Unavailable
            It may be seen again.
        """
        ...

    def waiting(self) -> int:
        """About how many messages wait to be received; those that are hidden don't.

        Raises
        ------
        Unavailable
        """
        ...


def demand_sizes(bodies: Sequence[str]) -> None:
    """Raise `InvalidInput` for a body that is empty or too long."""
    for body in bodies:
        if not 0 < len(body.encode()) <= MAX_MESSAGE_BYTES:
            raise InvalidInput(
                f"a message of {len(body.encode())} bytes can't be sent: expected 1 to {MAX_MESSAGE_BYTES}"
            )

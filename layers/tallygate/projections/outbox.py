"""The port to where messages go, and its in-memory twin."""

import threading
from collections.abc import Sequence
from typing import Protocol

from tallygate.deadline import Deadline
from tallygate.projections.effect import Message


class Outbox(Protocol):
    """Somebody who takes messages."""

    def send(self, messages: Sequence[Message], until: Deadline) -> None:
        """Send all of them; those that were not taken again, with the same keys.

        Raises
        ------
        Unavailable
            The deadline passed; some may have been taken.
        """
        ...


class MemoryOutbox:
    """Keeps what was sent, in order: for tests and examples."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sent: list[Message] = []

    def send(self, messages: Sequence[Message], until: Deadline) -> None:
        """See `Outbox.send`."""
        with self._lock:
            self.sent.extend(messages)

"""A queue that delivers at least once, as SQS does: each message until it is deleted, and some of them twice."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from local.simulation import Scheduler

VISIBILITY_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Twice:
    """How many messages come a second time.

    Parameters
    ----------
    soon : float
        The share that comes again within a minute.
    late : float
        The share that comes again after 11 to 20 minutes: sent on from a dead-letter queue, say.
    """

    soon: float = 0.0
    late: float = 0.0


@dataclass
class Message:
    body: Any
    due: float
    deleted: bool = False


class Queue:
    """Messages, and when each may be taken.

    Parameters
    ----------
    scheduler : Scheduler
    bodies : iterable
    twice : Twice
    """

    def __init__(self, scheduler: Scheduler, bodies: Iterable[Any], twice: Twice) -> None:
        self._scheduler = scheduler
        self._heap: list[tuple[float, int, Message]] = []
        self._sent = 0
        dice = scheduler.dice
        for body in bodies:
            self.send(body)
            if dice.chance(twice.soon):
                self.send(body, dice.between(0, 60))
            if dice.chance(twice.late):
                self.send(body, dice.between(660, 1200))

    def send(self, body: Any, delay: float = 0.0) -> None:
        self._push(Message(body, self._scheduler.now + delay))

    def take(self) -> Message | None:
        """A message that is due, hidden from now on for `VISIBILITY_SECONDS`."""
        if self.seconds_to_next > 0:
            return None
        message = heapq.heappop(self._heap)[2]
        message.due = self._scheduler.now + VISIBILITY_SECONDS
        self._push(message)
        return message

    def delete(self, message: Message) -> None:
        message.deleted = True

    @property
    def seconds_to_next(self) -> float:
        """Until a message is due; infinite once all are deleted."""
        while self._heap and self._heap[0][2].deleted:
            heapq.heappop(self._heap)
        return self._heap[0][0] - self._scheduler.now if self._heap else float("inf")

    def _push(self, message: Message) -> None:
        self._sent += 1
        heapq.heappush(self._heap, (message.due, self._sent, message))

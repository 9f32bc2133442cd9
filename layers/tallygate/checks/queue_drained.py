"""A check that a queue has no messages left."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tallygate.batch.errors import NotReadyError
from tallygate.checks.arguments import flag, whole
from tallygate.errors import InvalidInput

LOOKS = 4
PAUSE_SECONDS = 20.0
MAX_SECONDS = 840.0  # of a function's 900
_MAX_LOOKS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How many messages a queue says it has.

    Parameters
    ----------
    visible, in_flight, delayed : int
        Waiting for a consumer; taken by one and not yet deleted; not yet to be had.
    """

    visible: int
    in_flight: int
    delayed: int

    def __str__(self) -> str:
        return f"{self.visible} visible, {self.in_flight} in flight, {self.delayed} delayed"

    @property
    def total(self) -> int:
        """All of them."""
        return self.visible + self.in_flight + self.delayed


class Queue(Protocol):
    """A queue that can be looked at."""

    def depth(self) -> Depth:
        """Its messages, as far as it knows. Raises `InvalidInput` and `Unavailable`."""
        ...


class QueueDrained:
    """Passes when a queue was seen empty several times in a row.

    SQS's counts are approximate: one look may miss messages, and AWS lets about a minute pass after the last message
    was sent before it vouches for them. Hence several looks within one call, which by default span that minute.

    It can't prove more than that SQS counted nothing each time. It doesn't know of messages that a producer has yet to
    send (let the producers end before the loop begins), nor what became of those that are gone: a message that failed
    too often lies in its dead-letter queue, and here counts as gone. Where the count must be exact, count what the
    workers wrote, as the batch's gatekeeper does.

    Cost: one GetQueueAttributes for a queue that isn't empty, `looks` for one that is, and (looks - 1) x pause seconds
    of the function's time. The function's timeout must be longer than that.

    Parameters
    ----------
    queue : Queue
    looks : int
        Empty looks in a row that pass, 1 to 1,000.
    pause_seconds : float
        Between two looks; all pauses together at most 840.
    sleep : callable
        Waits for so many seconds.
    """

    def __init__(
        self,
        queue: Queue,
        *,
        looks: int = LOOKS,
        pause_seconds: float = PAUSE_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._queue = queue
        self._looks = whole("looks", looks, low=1, high=_MAX_LOOKS)
        if not 0 <= pause_seconds * (looks - 1) <= MAX_SECONDS or pause_seconds < 0:
            raise InvalidInput(
                f"pause_seconds is {pause_seconds!r}, expected 0 or more, and {looks} looks within {MAX_SECONDS:g} s"
            )
        self._pause_seconds = pause_seconds
        self._sleep = sleep

    def check(self, *, force: bool = False) -> dict[str, Any]:
        """Pass, or raise.

        Parameters
        ----------
        force : bool
            Pass without a look.

        Returns
        -------
        dict
            `forced`, and how many `looks` were taken.

        Raises
        ------
        NotReadyError
            The queue has messages.
        InvalidInput, Unavailable
        """
        if flag("force", force):
            return {"forced": True, "looks": 0}
        for look in range(1, self._looks + 1):
            depth = self._queue.depth()
            if depth.total:
                raise NotReadyError(f"the queue has {depth} (look {look} of {self._looks})")
            if look < self._looks:
                self._sleep(self._pause_seconds)
        return {"forced": False, "looks": self._looks}

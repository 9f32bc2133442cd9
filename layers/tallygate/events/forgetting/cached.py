"""A vault that is asked once a minute, not once an event."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.events.forgetting.vault import KeyVault, SubjectForgotten


class CachedVault:
    """Keys are held for so many seconds after they were asked for; within that time `forget` takes effect everywhere.

    Parameters
    ----------
    vault : KeyVault
    seconds : float
        At least 0, which holds nothing.
    capacity : int
        Subjects held; the one that was used the longest time ago makes room.
    now : callable
        Seconds on a clock that never goes back.
    """

    def __init__(
        self,
        vault: KeyVault,
        seconds: float = 60,
        *,
        capacity: int = 10_000,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        if not 0 <= seconds < math.inf or capacity < 1:
            raise InvalidInput(f"seconds={seconds!r} must be 0 or more, capacity={capacity!r} 1 or more")
        self._vault, self._seconds, self._capacity, self._now = vault, seconds, capacity, now
        self._held: OrderedDict[str, tuple[float, bytes | None]] = OrderedDict()
        self._lock = threading.Lock()

    def key_for_writing(self, subject: str, until: Deadline) -> bytes:
        """See `KeyVault.key_for_writing`."""
        key = self._fresh(subject, lambda: self._vault.key_for_writing(subject, until))
        if key is None:
            raise SubjectForgotten(subject)
        return key

    def key(self, subject: str, until: Deadline) -> bytes | None:
        """See `KeyVault.key`."""
        return self._fresh(subject, lambda: self._vault.key(subject, until))

    def forget(self, subject: str, until: Deadline) -> None:
        """See `KeyVault.forget`. Takes effect here at once."""
        self._vault.forget(subject, until)
        self._hold(subject, self._now(), None)

    def _fresh(self, subject: str, ask: Callable[[], bytes | None]) -> bytes | None:
        asked = self._now()  # before the answer is made: it may be as old as that
        with self._lock:
            if (held := self._held.get(subject)) and asked - held[0] < self._seconds:
                self._held.move_to_end(subject)
                return held[1]
        key = ask()
        self._hold(subject, asked, key)
        return key

    def _hold(self, subject: str, asked: float, key: bytes | None) -> None:
        with self._lock:
            standing = self._held.get(subject)
            if standing and (standing[0], standing[1] is None) > (asked, key is None):
                return  # what was asked later was answered sooner; of the same moment, `forgotten` stands
            self._held[subject] = asked, key
            self._held.move_to_end(subject)
            while len(self._held) > self._capacity:
                self._held.popitem(last=False)

"""Wakes the consumers' threads when the emulator says that a source has gained work.

The emulator's own event is cleared by its loop and can wake that loop only; this counts, so that each thread sees
what came since it last looked.
"""

import threading
from collections.abc import Callable


class Wake:
    """A number that grows, and a way to wait for that."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.number = 0

    def now(self) -> None:
        """Wake all."""
        with self._changed:
            self.number += 1
            self._changed.notify_all()

    def later_than(self, seen: int, seconds: float) -> None:
        """Wait until the number is above `seen`, `seconds` at most."""
        with self._changed:
            self._changed.wait_for(lambda: self.number > seen, seconds)

    def following(self, announce: Callable[[], None]) -> Callable[[], None]:
        """Return `announce` with our own wake-up after it."""

        def announce_and_wake() -> None:
            announce()
            self.now()

        return announce_and_wake


WAKE = Wake()

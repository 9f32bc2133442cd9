"""How long a caller is willing to wait, shared by every step of one operation."""

import random
import time
from collections.abc import Callable

import msgspec


class Deadline(msgspec.Struct, frozen=True):
    """A point on the monotonic clock after which nothing new is begun.

    Parameters
    ----------
    at : float
        Seconds on the monotonic clock, see `Deadline.after`.
    """

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The deadline `seconds` from now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        """True once no time is left."""
        return self.left <= 0.0


def full_jitter(attempt: int, *, base: float, cap: float, rng: Callable[[], float] = random.random) -> float:
    """Seconds to wait before try number `attempt` (from 0): uniform in [0, min(cap, base * 2**attempt)].

    Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("Full Jitter").
    """
    return rng() * min(cap, base * 2.0 ** min(attempt, 30))

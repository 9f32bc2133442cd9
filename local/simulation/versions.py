"""Values by key, each with those it had lately: for reads that are eventually consistent."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from local.simulation.scheduler import Scheduler

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LAG_SECONDS = 2.0


class Versions(Generic[K, V]):
    """What a replica that lags behind has.

    Parameters
    ----------
    scheduler : Scheduler
    lag_seconds : float
        Writes that are older have reached every replica.
    """

    def __init__(self, scheduler: Scheduler, lag_seconds: float = LAG_SECONDS) -> None:
        self._scheduler = scheduler
        self._lag = lag_seconds
        self._before: dict[K, tuple[float, V | None]] = {}

    def replaced(self, key: K, before: V | None) -> None:
        """Note a write: `before` stood under the key until now (None: nothing)."""
        standing = self._before.get(key)
        if standing is None or standing[0] < self._scheduler.now - self._lag:
            self._before[key] = (self._scheduler.now, before)

    def old(self, key: K, newest: V | None) -> V | None:
        """What stood under the key before the writes that may not have reached the replica; else `newest`."""
        at, before = self._before.get(key, (float("-inf"), None))
        return before if at >= self._scheduler.now - self._lag else newest

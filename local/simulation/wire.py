"""The way to a service: a call gets there or not, and its answer comes back or not."""

from collections.abc import Callable
from typing import TypeVar

from local.simulation.call import Kind, Verdict
from local.simulation.scheduler import Scheduler
from tallygate.errors import Unavailable

T = TypeVar("T")

PAUSE_SECONDS = 0.05  # before a call is sent again, at most


class Unanswered(Exception):
    """A call got no answer; it may have taken effect."""


class Wire:
    """Calls of actors to services.

    Parameters
    ----------
    scheduler : Scheduler
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def call(
        self, asks: str, act: Callable[[], T], *, kind: Kind = Kind.WRITE, stale: Callable[[], T] | None = None
    ) -> T:
        """Send a call once.

        Parameters
        ----------
        asks : str
            For the trace.
        act : callable
            What the service does, all at once: no actor runs meanwhile.
        kind : Kind
        stale : callable, optional
            What the service does in place of `act` when an eventually consistent read misses what is new.

        Raises
        ------
        Unanswered
            A 500 before it took effect, or its answer was lost: the caller can't tell.
        """
        verdict = self._scheduler.pause(asks, kind)
        if verdict is Verdict.GO:
            return act()
        if verdict is Verdict.STALE:
            return (stale or act)()
        if verdict is Verdict.LOST:
            act()
        raise Unanswered(f"{asks}: 500 InternalServerError")

    def resend(
        self, asks: str, act: Callable[[], T], *, kind: Kind = Kind.WRITE, stale: Callable[[], T] | None = None
    ) -> T:
        """Send a call until it is answered, as `tallygate.put_if_absent.resend` does.

        Raises
        ------
        Unavailable
            The deadline passed with the answer still out.
        """
        while True:
            try:
                return self.call(asks, act, kind=kind, stale=stale)
            except Unanswered as exc:
                if self._scheduler.dice.chance(self._scheduler.faults.gives_up):
                    raise Unavailable(f"{asks} got no answer before the deadline ({exc})") from exc
            self._scheduler.sleep(self._scheduler.dice.between(0, PAUSE_SECONDS), f"{asks}, again soon")

    def once(self, asks: str, act: Callable[[], T], *, kind: Kind = Kind.WRITE) -> T:
        """Send a call once, for adapters that leave it to others to try again.

        Raises
        ------
        Unavailable
            It got no answer; it may have taken effect.
        """
        try:
            return self.call(asks, act, kind=kind)
        except Unanswered as exc:
            raise Unavailable(str(exc)) from exc

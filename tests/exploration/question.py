"""What an actor of an exploration waits for, and what it can be answered."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from greenlet import getcurrent, greenlet

from local.simulation import Crashed, Kind
from tallygate.errors import Unavailable


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A call that an actor is about to make."""

    asks: str
    act: Callable[[], Any]
    kind: Kind
    stale: Callable[[], Any] | None


class Fate(Enum):
    """What can become of a call. `Verdict`, and what the adapter and the process make of it."""

    GO = "ok"
    STALE = "stale"
    LOST = "answer lost, sent again"
    LOST_AND_GIVEN_UP = "answer lost, Unavailable"
    GIVEN_UP = "500 before it, Unavailable"
    CRASH = "the process dies before it"


class Run(greenlet):
    """An actor while it is run.

    Attributes
    ----------
    dead_process : bool
        Its process has died: nothing gets out of it any more, until the machine begins another.
    """

    dead_process = False


class Asking:
    """`Calls` of an actor that is run again and again: each call goes to whoever switched to it."""

    def resend(
        self, asks: str, act: Callable[[], Any], *, kind: Kind = Kind.WRITE, stale: Callable[[], Any] | None = None
    ) -> Any:
        """See `Calls.resend`."""
        run = getcurrent()
        assert isinstance(run, Run)
        assert run.parent is not None
        if run.dead_process:
            raise Crashed
        answer = run.parent.switch(Question(asks, act, kind, stale))
        run.dead_process = isinstance(answer, Crashed)
        if isinstance(answer, Unavailable | Crashed):
            raise answer
        return answer


def in_a_process(function: Callable[[], Any]) -> Any:
    """What the function returns, or the `Crashed` or error that ended it."""
    run = getcurrent()
    assert isinstance(run, Run)
    try:
        return function()
    except (Exception, Crashed) as exc:  # noqa: BLE001 (who invoked it decides)
        run.dead_process = False
        return exc

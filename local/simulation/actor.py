"""An actor: a function that runs until it waits for the scheduler."""

from collections.abc import Callable, Iterator

from greenlet import getcurrent, greenlet

from local.simulation.call import Kind


class Crashed(BaseException):
    """Ends an actor where it stands. Code that unwinds can't reach anything outside itself any more."""


class Actor(greenlet):
    """One process, or one thread of a process.

    Parameters
    ----------
    name : str
        For the trace.
    live : callable
        What it does.
    mortal : bool
        It may crash.
    process : Actor or None
        The process that this is a thread of; it dies with it.
    hub : greenlet
        The scheduler's.

    Attributes
    ----------
    wakes : float
        When it goes on, in seconds of simulated time.
    asks, kind : str, Kind
        What it will do when it goes on.
    process : Actor
        What dies when this dies: itself, or what it is a thread of.
    alive, crashed : bool
    raised : BaseException or None
        What it let pass.
    """

    def __init__(
        self, name: str, live: Callable[[], object], *, mortal: bool, process: "Actor | None", hub: greenlet
    ) -> None:
        super().__init__(parent=hub)
        self.name = name
        self.mortal = mortal
        self.threads: list[Actor] = []
        self.wakes = 0.0
        self.asks = "start"
        self.kind = Kind.LOCAL
        self.alive = True
        self.crashed = False
        self.waiter: Actor | None = None  # who is woken when this one has ended
        self.raised: BaseException | None = None
        self.process: Actor = self if process is None else process.process
        self._live = live
        if process is not None:
            process.threads.append(self)

    def run(self, _first: object) -> None:
        """Live. What greenlet calls."""
        try:
            self._live()
        except Crashed:
            pass
        except BaseException as exc:  # noqa: BLE001 (the scheduler raises it where it was asked to run)
            self.raised = exc
        self.alive = False

    def kill(self) -> None:
        """End it, and its threads; nothing of them runs after this but what unwinds."""
        here = getcurrent()
        dying = [actor for actor in self.family() if actor.alive]
        for actor in dying:
            actor.alive, actor.crashed = False, True
        for actor in dying:
            if actor and actor is not here:  # one that has not begun holds nothing
                actor.parent = here  # where it comes back to when it has unwound
                actor.throw(Crashed)
        if here in dying:
            raise Crashed

    def family(self) -> Iterator["Actor"]:
        """This actor, its threads, and theirs."""
        yield self
        for thread in self.threads:
            yield from thread.family()

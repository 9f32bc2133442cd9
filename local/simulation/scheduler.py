"""Lets actors go on one at a time, in an order and at times that come from the seed."""

import math
from collections.abc import Callable, Sequence

from greenlet import getcurrent

from local.simulation.actor import Actor, Crashed
from local.simulation.call import Kind, Verdict
from local.simulation.dice import Dice
from local.simulation.faults import Faults

STEP_SECONDS = 0.01  # what a call takes, about
MAX_STEPS = 100_000
NO_FAULTS = Faults()


class Endless(AssertionError):
    """The run has no end: an actor waits for something that will not come."""


def nothing_to_check(_actor: Actor) -> None:
    """No invariant."""


class Scheduler:
    """Runs actors. It belongs to the greenlet that made it.

    Parameters
    ----------
    dice : Dice
    faults : Faults
    check : callable
        Called with the actor after each step that has written: the place for invariants of what is stored.
    trace : callable, optional
        Called with a line for each thing that happens.
    max_steps : int
        After so many the run is taken for endless.
    step_seconds : float
        How far each step moves the clock; 0 where calls sleep by themselves, and so go on side by side.

    Attributes
    ----------
    now : float
        Simulated time, seconds since the start.
    steps : int
        How many times an actor went on.
    actors : list of Actor
        Those alive.
    """

    def __init__(
        self,
        dice: Dice,
        faults: Faults = NO_FAULTS,
        *,
        check: Callable[[Actor], None] = nothing_to_check,
        trace: Callable[[str], None] | None = None,
        max_steps: int = MAX_STEPS,
        step_seconds: float = STEP_SECONDS,
    ) -> None:
        self.dice = dice
        self.faults = faults
        self.check = check
        self.now = 0.0
        self.steps = 0
        self.actors: list[Actor] = []
        self._trace = trace
        self._max_steps = max_steps
        self._step_seconds = step_seconds
        self._hub = getcurrent()
        self._share, self._crash, self._no_stall = dice.share, faults.crash, 1 - faults.stall

    # ---- for who sets the scene

    def spawn(
        self,
        name: str,
        live: Callable[[], object],
        *,
        mortal: bool = True,
        process: Actor | None = None,
        delay: float = 0.0,
    ) -> Actor:
        """A new actor, which begins after `delay` seconds; also actors may do this."""
        actor = Actor(name, live, mortal=mortal, process=process, hub=self._hub)
        actor.wakes = self.now + delay
        self.actors.append(actor)
        return actor

    def run(self) -> None:
        """Let actors go on until all have ended.

        Raises
        ------
        Endless
            After too many steps.
        BaseException
            Whatever an actor let pass, and whatever `check` raises.
        """
        try:
            while self.actors:
                self._one()
                if self.steps > self._max_steps:
                    raise Endless(f"after {self.steps} steps these still run: {', '.join(a.name for a in self.actors)}")
        finally:
            self.close()

    def close(self) -> None:
        """End all actors that are left."""
        for actor in self.actors:
            actor.kill()
        self.actors = []

    def step(self, actor: Actor, verdict: Verdict = Verdict.GO) -> None:
        """Let this actor go on to its next switch point; what it asked for is met by this verdict."""
        self.steps += 1
        if self._trace is not None:
            self.tell(f"{actor.name}: {actor.asks}" + ("" if verdict is Verdict.GO else f"  ✗ {verdict.value}"))
        wrote = actor.kind is Kind.WRITE and verdict is not Verdict.REFUSED
        actor.switch(verdict)
        if not actor.alive:
            self._bury()
            if actor.raised is not None:
                raise actor.raised
        if wrote:
            self.check(actor)

    def crash(self, actor: Actor) -> None:
        """End an actor where it stands, and its threads; an actor may do this to itself."""
        if self._trace is not None:
            for one in actor.family():
                if one.alive:
                    self.tell(f"{one.name}: ✗✗ dies before: {one.asks}")
        try:
            actor.kill()
        finally:
            self._bury()

    def tell(self, line: str) -> None:
        """A line for the trace."""
        if self._trace is not None:
            self._trace(f"{self.now:9.3f}  {line}")

    @property
    def calm(self) -> bool:
        """True once nothing goes wrong any more."""
        return self.now >= self.faults.until

    # ---- for actors

    @property
    def current(self) -> Actor:
        """The actor that asks."""
        actor = getcurrent()
        if not isinstance(actor, Actor):
            raise TypeError("only an actor can be switched: spawn it")
        return actor

    def pause(self, asks: str, kind: Kind = Kind.LOCAL) -> Verdict:
        """A switch point: others may go on first. Returns what becomes of what is asked for."""
        return self._wait(asks, kind, self.now)

    def sleep(self, seconds: float, asks: str = "sleep") -> None:
        """Do nothing for so long, or until another actor wakes this one."""
        self._wait(asks, Kind.LOCAL, self.now + seconds)

    def wake(self, actor: Actor) -> None:
        """Let a sleeping actor go on."""
        actor.wakes = min(actor.wakes, self.now)

    def join(self, actors: Sequence[Actor], seconds: float = math.inf) -> bool:
        """Wait until these have ended; False if some are still alive after so long."""
        me, until = self.current, self.now + seconds
        while any(actor.alive for actor in actors):
            if self.now >= until:
                return False
            for actor in actors:
                actor.waiter = me
            self._wait("wait for others", Kind.LOCAL, until)
        return True

    def _wait(self, asks: str, kind: Kind, until: float) -> Verdict:
        actor = self.current
        if not actor.alive:
            raise Crashed
        actor.asks, actor.kind, actor.wakes = asks, kind, until
        verdict: Verdict = self._hub.switch()
        return verdict

    def _bury(self) -> None:
        for actor in self.actors:
            if not actor.alive and actor.waiter is not None:
                self.wake(actor.waiter)
        self.actors = [actor for actor in self.actors if actor.alive]

    # ---- the seed's choices

    def _one(self) -> None:
        now = self.now
        ready = [actor for actor in self.actors if actor.wakes <= now]
        if not ready:
            self.now = min([actor.wakes for actor in self.actors])
            if self.now == math.inf:
                raise Endless(f"nobody will wake {', '.join(a.name for a in self.actors)}")
            return
        roll = self._share
        actor = ready[int(roll() * len(ready))] if len(ready) > 1 else ready[0]
        self.now = now + self._step_seconds
        if now >= self.faults.until:
            self.step(actor)
            return
        fate = roll()
        if fate < self._crash and actor.mortal:
            self.crash(actor.process)
        elif fate > self._no_stall:
            actor.wakes = now + self.dice.between(0, self.dice.pick(self.faults.stall_seconds))
        else:
            self.step(actor, Verdict.GO if actor.kind is Kind.LOCAL else self._verdict(actor.kind))

    def _verdict(self, kind: Kind) -> Verdict:
        roll, faults = self._share(), self.faults
        if roll < faults.refused:
            return Verdict.REFUSED
        roll -= faults.refused
        if kind is Kind.WRITE and roll < faults.lost:
            return Verdict.LOST
        if kind is Kind.EVENTUAL and roll < faults.stale:
            return Verdict.STALE
        return Verdict.GO

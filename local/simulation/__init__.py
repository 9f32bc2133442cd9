"""A deterministic simulation of processes that share a service: one seed, one run.

Actors are plain functions that run one at a time, as greenlets. Whatever an actor shares with others it reaches by a
call, and every call is a switch point: there the scheduler lets another actor go on, lets time pass, or ends the actor
for good. Between two calls an actor is alone, so that the order of the calls is all that can differ between runs.

    dice = Dice(seed)
    scheduler = Scheduler(dice, Faults(refused=0.05, lost=0.05, crash=0.01))
    wire = Wire(scheduler)
    table = {}

    def worker() -> None:                                # written as if it were alone
        wire.resend("put", lambda: table.setdefault("key", 1), kind=Kind.WRITE)
        scheduler.sleep(5)

    scheduler.spawn("worker", worker)
    scheduler.run()                                      # raises what an actor let pass

One switch point a call is enough: an actor that dies after its call has landed and before it hears of it is one that
dies at its next switch point.
"""

from local.simulation.actor import Actor, Crashed
from local.simulation.call import Kind, Verdict
from local.simulation.dice import Dice
from local.simulation.faults import Faults
from local.simulation.scheduler import Endless, Scheduler
from local.simulation.versions import Versions
from local.simulation.wire import Unanswered, Wire

__all__ = [
    "Actor",
    "Crashed",
    "Dice",
    "Endless",
    "Faults",
    "Kind",
    "Scheduler",
    "Unanswered",
    "Verdict",
    "Versions",
    "Wire",
]

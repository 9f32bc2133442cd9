"""One run of the simulation."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.invariants import AT_THE_END, Seen, look
from tests.simulation.machine import Machine
from tests.simulation.scenario import Scenario, scenario
from tests.simulation.stand_ins import Ids, Pool, Time, stand_ins
from tests.simulation.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run came to."""

    scenario: Scenario
    steps: int
    seconds: float
    ends: tuple[str, ...]


def run(seed: int, trace: Callable[[str], None] | None = None) -> Run:
    """The run of a seed.

    Raises
    ------
    Broken
        An invariant doesn't hold.
    Endless
        It doesn't come to its end.
    """
    seen = Seen()
    world = World(scenario(seed), check=lambda world: look(world, seen), trace=trace)
    scheduler = world.scheduler
    machines = [
        Machine(world, batch, number) for batch in world.scenario.batches for number in range(batch.starts)
    ]
    with stand_ins(Time(scheduler), Ids(), lambda threads: Pool(scheduler, threads), seed):
        for machine in machines:
            scheduler.spawn(machine.name, machine.live, mortal=False, delay=scheduler.dice.between(0, 5))
        scheduler.run()
    for invariant in AT_THE_END:
        invariant(world, machines)
    ends = tuple(str((machine.report or {}).get("status")) for machine in machines)
    return Run(scenario=world.scenario, steps=scheduler.steps, seconds=scheduler.now, ends=ends)

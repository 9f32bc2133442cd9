"""One run of the simulation."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.invariants import AT_THE_END, Seen, look
from tests.simulation.operator import Operator
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
    operators = [Operator(world, batch) for batch in world.scenario.batches]
    with stand_ins(
        Time(scheduler),
        Ids(),
        lambda threads, **_options: Pool(scheduler, threads),
        seed=seed,
        long_streams=world.scenario.long_streams,
    ):
        for operator in operators:
            scheduler.spawn("operator", operator.live, mortal=False)
        for number in range(2 if world.scenario.queued else 0):
            scheduler.spawn(f"queue {number}", lambda number=number: world.work_on_queue(number), mortal=False)  # type: ignore[misc]
        scheduler.run()
    for invariant in AT_THE_END:
        invariant(world, operators)
    ends = tuple(
        "refused" if machine.refused else str((machine.report or {}).get("status"))
        for operator in operators
        for machine in operator.machines
    )
    return Run(scenario=world.scenario, steps=scheduler.steps, seconds=scheduler.now, ends=ends)

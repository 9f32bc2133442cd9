"""One exploration: a scene, a budget, and the invariants in every state."""

from typing import Any

from tests.exploration.explorer import Budget, Explored, Explorer
from tests.exploration.scene import InTurn, NoTime, Scene, Size
from tests.simulation.invariants import Broken, Seen, look
from tests.simulation.stand_ins import stand_ins


def explore(size: Size, budget: Budget) -> Explored:
    """Go through all states.

    Raises
    ------
    AssertionError
        An invariant doesn't hold; the message tells the way there.
    """
    scene = Scene(size)
    stored = scene.stored

    def always(before: int, after: int) -> None:
        seen = Seen()
        stored.restore(before)
        seen.records = dict(stored.memory._records)
        stored.restore(after)
        look(stored, seen)

    def at_the_end(number: int, results: tuple[Any, ...]) -> None:
        stored.restore(number)
        report = stored.memory._records["b", 0, "report"]
        if results[-1] != (report.ok, report.failed, report.abandoned):
            raise Broken(f"the machine was told {results[-1]}, the report is {report}")
        if stored.effects["b/g0/report"] != 1:
            raise Broken(f"the report was announced {stored.effects['b/g0/report']} times")

    with stand_ins(NoTime(), scene.moment.new_id, InTurn, seed=0, long_streams=False):
        explorer = Explorer(
            stored, scene.moment, scene.actors(), budget, key=scene.key, always=always, at_the_end=at_the_end
        )
        return explorer.explore()

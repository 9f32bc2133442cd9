"""One exploration: a scene, a budget, and the invariants in every state."""

from typing import Any

from tallygate.batch.records import Outcome, Report
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
        told = results[-1]
        assert isinstance(report, Report)
        if (told["ok"], told["failed"], told["abandoned"]) != (report.ok, report.failed, report.abandoned):
            raise Broken(f"the machine was told {told}, the report is {report}")
        if stored.effects["b/g0/report"] != 1:
            raise Broken(f"the report was announced {stored.effects['b/g0/report']} times")
        for i in range(scene.manifest.chunks):
            won = [end for ends in results[:-1] for end in ends if end == f"{i} won"]
            outcome = stored.memory._records["b", 0, f"chunk#{i}"].outcome
            if len(won) > 1 or (won and outcome is not Outcome.DONE):
                raise Broken(f"{len(won)} attempts won chunk {i}, which is {outcome}")

    with stand_ins(NoTime(), scene.moment.new_id, InTurn, seed=0):
        explorer = Explorer(stored, scene.moment, scene.actors(), budget, always=always, at_the_end=at_the_end)
        return explorer.explore()

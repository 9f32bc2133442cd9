"""Who starts a batch in the console, and starts it again, cancels it, redrives it."""

from collections.abc import Mapping
from typing import Any

from tests.simulation.machine import Machine
from tests.simulation.scenario import REDRIVE_SECONDS, BatchPlan
from tests.simulation.world import World


class Operator:
    """One batch's.

    Attributes
    ----------
    machines : list of Machine
        All executions, in the order in which they were started.
    last : Machine or None
        The one that redrove the batch when nothing went wrong any more.
    """

    def __init__(self, world: World, batch: BatchPlan) -> None:
        self._world = world
        self._batch = batch
        self.machines: list[Machine] = []
        self.last: Machine | None = None

    def live(self) -> None:
        """Go through what the scenario asks for."""
        batch, scheduler = self._batch, self._world.scheduler
        if batch.cancelled is not None:
            scheduler.spawn(f"cancel {batch.name}", self._cancel, mortal=False, delay=batch.cancelled)
        self._start(self._input(), batch.starts)
        for _ in range(batch.redrives):
            if self._complete:
                break
            scheduler.sleep(scheduler.dice.between(0, REDRIVE_SECONDS), "wait for the redrive")
            self._world.cool()
            self._start({"redrive": batch.name}, batch.starts)
        if batch.completed and not self._complete:
            scheduler.sleep(max(0.0, scheduler.faults.until - scheduler.now), "wait until nothing goes wrong")
            self._world.cool()
            self._world.mended.add(batch.name)
            self._complete_it()
        self._world.open_batches -= 1

    def _complete_it(self) -> None:
        self._start({"redrive": self._batch.name, "deadline_minutes": 600}, 1)
        self.last = self.machines[-1]

    @property
    def _complete(self) -> bool:
        """The batch is complete, as far as its operator was told."""
        return any(machine.report is not None and machine.report["status"] == "complete" for machine in self.machines)

    def _start(self, raw: Mapping[str, Any], times: int) -> None:
        scheduler = self._world.scheduler
        actors = []
        for _ in range(times):
            machine = Machine(self._world, self._batch, raw, f"{self._batch.name}-{len(self.machines)}")
            self.machines.append(machine)
            actors.append(scheduler.spawn(machine.name, machine.live, mortal=False, delay=scheduler.dice.between(0, 5)))
        scheduler.join(actors)

    def _cancel(self) -> None:
        """Cancelled, and started again as if nothing had happened."""
        self._start({"cancel": self._batch.name}, 1)
        self._start(self._input(), 1)

    def _input(self) -> dict[str, Any]:
        batch = self._batch
        queue = {"dispatch": "queue"} if batch.dispatch == "queue" else {"concurrency": batch.concurrency}
        return {
            "manifest": f"s3://flights/{batch.name}.csv",
            "name": batch.name,
            "chunk_size": batch.chunk_size,
            "item_concurrency": batch.item_concurrency,
            "deadline_minutes": batch.deadline_minutes,
            **queue,
        }

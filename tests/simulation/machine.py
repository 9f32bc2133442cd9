"""The state machine, as `stacks/constructs/batch_workflow.py` draws it: Plan → Dispatch → Gatekeeper ⟲ → Report."""

from collections.abc import Callable
from typing import Any, TypeVar

from tallygate import clock
from tallygate.batch.chunk import Chunk
from tallygate.batch.chunk_index import ChunkIndex
from tallygate.batch.chunk_worker import ChunkTask
from tallygate.batch.errors import DeadlinePassed, ForceIncomplete, NotReadyError
from tallygate.batch.planner import Execution
from tallygate.errors import TransientError
from tests.simulation.scenario import BatchPlan
from tests.simulation.world import World

T = TypeVar("T")

FUNCTION_SECONDS = 60.0  # the functions' time limit; what hangs on after it has no reader any more


class Ended(Exception):
    """A function's process ended before it could answer."""


class Machine:
    """One execution. It is the service's: it can't die, its functions can.

    Parameters
    ----------
    world : World
    batch : BatchPlan
    number : int
        Of the executions for this batch.

    Attributes
    ----------
    state : dict
        As the console would show it.
    report : dict or None
        What the last state returned.
    """

    def __init__(self, world: World, batch: BatchPlan, number: int) -> None:
        self._world = world
        self._batch = batch
        self.name = f"machine {batch.name}.{number}"
        self.state: dict[str, Any] = {}
        self.report: dict[str, Any] | None = None

    def live(self) -> None:
        """Run to the end."""
        self.state = self._task("plan", self._plan)
        self._dispatch()
        self._gatekeeper()
        self.report = self._task("report", lambda: self._world.reporter().report(*self._generation))
        self._world.scheduler.tell(f"{self.name}: {self.report}")

    @property
    def _generation(self) -> tuple[str, int]:
        return self.state["batch"], self.state["generation"]

    def _plan(self) -> dict[str, Any]:
        batch = self._batch
        raw = {
            "manifest": f"s3://flights/{batch.name}.csv",
            "name": batch.name,
            "chunk_size": batch.chunk_size,
            "concurrency": batch.concurrency,
            "item_concurrency": batch.item_concurrency,
            "deadline_minutes": batch.deadline_minutes,
        }
        return self._world.planner().plan(raw, Execution(name=self.name, started=self._world.at(0)))

    def _dispatch(self) -> None:
        """The map: it drains by itself; whatever becomes of it, the gatekeeper sees to the rest."""
        world = self._world
        attempts = [
            attempt
            for place, chunk in enumerate(self._chunks())
            for attempt in world.deliver(ChunkTask(*self._generation, chunk), 2.0 * (place // self._batch.concurrency))
        ]
        deadline = (clock.from_text(self.state["deadline"]) - world.at(world.scheduler.now)).total_seconds()
        world.scheduler.join(attempts, max(0.0, deadline))

    def _chunks(self) -> list[Chunk]:
        manifest = self._world.memory.manifest(*self._generation)
        assert manifest is not None
        return list(ChunkIndex(self._world.objects, manifest.index, manifest.chunks))

    def _gatekeeper(self) -> None:
        force, polls = False, 0
        while True:
            try:
                self._task("gatekeeper", lambda: self._world.gatekeeper().check(*self._generation, force=force))
            except NotReadyError:
                polls += 1
                force = polls > self._batch.polls
                self._pause(min(30.0, 2.0 * 1.5**polls))
            except DeadlinePassed:
                force = True
            except ForceIncomplete:
                self._pause(10.0)
            else:
                return

    def _task(self, name: str, function: Callable[[], T]) -> T:
        """Invoke until it answers: the state's Retry, and behind it somebody who redrives the execution."""
        while True:
            try:
                return self._invoke(name, function)
            except (TransientError, Ended) as exc:
                self._world.scheduler.tell(f"{self.name}: {name} again, after {exc!r}")
            self._pause(10.0)

    def _invoke(self, name: str, function: Callable[[], T]) -> T:
        answers: list[T] = []
        errors: list[Exception] = []

        def live() -> None:
            try:
                answers.append(function())
            except Exception as exc:  # noqa: BLE001 (raised in the machine)
                errors.append(exc)

        scheduler = self._world.scheduler
        process = scheduler.spawn(f"{name} {self._batch.name}", live)
        scheduler.join([process], FUNCTION_SECONDS)
        if errors:
            raise errors[0]
        if not answers:
            raise Ended(name)
        return answers[0]

    def _pause(self, seconds: float) -> None:
        scheduler = self._world.scheduler
        scheduler.sleep(scheduler.dice.between(0, seconds), "pause")

"""The state machine, as `stacks/constructs/batch_workflow.py` draws it, around the real functions."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from tallygate import clock
from tallygate.batch.chunk_index import ChunkIndex
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.errors import BadInput, DeadlinePassed, ForceIncomplete, NotReadyError
from tallygate.batch.plan.planner import Execution
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
    raw : mapping
        The input.
    name : str
        Of the execution.

    Attributes
    ----------
    state : dict
        As the console would show it.
    report : dict or None
        What the last state returned.
    refused : str
        Why the input was refused; empty: it was not.
    """

    def __init__(self, world: World, batch: BatchPlan, raw: Mapping[str, Any], name: str) -> None:
        self._world = world
        self._batch = batch
        self._raw = raw
        self._started = world.at(world.scheduler.now)
        self.name = name
        self.state: dict[str, Any] = {}
        self.report: dict[str, Any] | None = None
        self.refused = ""

    def live(self) -> None:
        """Run to the end, also where a new execution goes on."""
        while self.report is None and not self.refused:
            self._execution()
        self._world.scheduler.tell(f"{self.name} ends: {self.refused or self.report}")

    def _execution(self) -> None:
        try:
            self.state = self._task("plan", self._plan)
        except BadInput as exc:
            self.refused = str(exc)
            return
        match self.state["next"]:
            case "map":
                self._map()
            case "queue":
                self._task("send", lambda: self._world.sender().send(*self._generation))
        if self._gatekeeper(force=self.state["next"] == "force"):
            self.report = self._task("report", lambda: self._world.reporter().report(*self._generation))
        else:
            self._world.scheduler.tell(f"{self.name} continues as a new execution")
            self._raw = {"continue": self.state["batch"], "generation": self.state["generation"]}

    @property
    def _generation(self) -> tuple[str, int]:
        return self.state["batch"], self.state["generation"]

    def _plan(self) -> dict[str, Any]:
        return self._world.planner().plan(dict(self._raw), Execution(name=self.name, started=self._started))

    def _map(self) -> None:
        """It drains by itself; whatever becomes of it, the gatekeeper sees to the rest."""
        world, slots = self._world, self.state["concurrency"]
        manifest = world.memory.manifest(*self._generation)
        assert manifest is not None
        attempts = [
            attempt
            for chunk in ChunkIndex(world.objects, manifest.index, manifest.chunks)
            for attempt in world.deliver(ChunkTask(*self._generation, chunk), 2.0 * (chunk.i // slots))
        ]
        deadline = (clock.from_text(self.state["deadline"]) - world.at(world.scheduler.now)).total_seconds()
        world.scheduler.join(attempts, max(0.0, deadline))

    def _gatekeeper(self, *, force: bool) -> bool:
        """True once it has passed, False where the execution's history is full."""
        poll = 0
        while poll < self._batch.polls:
            try:
                self._task("gatekeeper", partial(self._check, force=force))
            except NotReadyError:
                poll += 1
                self._pause(min(30.0, 2.0 * 1.5**poll))
            except DeadlinePassed:
                force = True
            except ForceIncomplete:
                self._pause(10.0)
            else:
                return True
        return False

    def _check(self, *, force: bool) -> None:
        self._world.gatekeeper().check(*self._generation, force=force)

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
        process = scheduler.spawn(f"{name} {self.name}", live)
        scheduler.join([process], FUNCTION_SECONDS)
        if errors:
            raise errors[0]
        if not answers:
            raise Ended(name)
        return answers[0]

    def _pause(self, seconds: float) -> None:
        scheduler = self._world.scheduler
        scheduler.sleep(scheduler.dice.between(0, seconds), "pause")

"""A Distributed Map in simulated time: children started at the service's pace, tasks retried as the definition says.

The service keeps its own books exactly. A task's call may be refused, its answer may get lost after the function has
run, and the function may die half way: all of these are `Lambda.*` errors, after which the task is tried again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bench.foils.distributed_map import DistributedMap
from bench.foils.ids import ids
from bench.foils.outcome import Outcome
from bench.foils.simulated.run import ITEM_SECONDS, Scene
from local.simulation import Kind, Scheduler, Verdict

STARTS_A_SECOND: Mapping[str, float] = {"STANDARD": 100.0, "EXPRESS": 1000.0}
TRANSITIONS: Mapping[str, int] = {"STANDARD": 2, "EXPRESS": 1}
"""Billed for each child that needs no retry; a retry of a Standard child's task is one more."""
DEATHS = 0.005
"""The share of a function's invocations that end in the middle."""


class TaskFailed(Exception):
    """The task's error is one that the definition doesn't retry."""


class MapRun:
    """One run of the map state of a definition.

    Attributes
    ----------
    transitions : int
    invocations : int
    retries : int
    deaths : int
    """

    def __init__(self, scheduler: Scheduler, definition: Mapping[str, Any], task: Callable[[str], None]) -> None:
        self._scheduler = scheduler
        self._state = definition["States"]["Items"]
        self._task = task
        self._counts = {"succeeded": 0, "failed": 0}
        self._open = 0
        self.transitions = self.invocations = self.retries = self.deaths = 0

    def run(self, items: Sequence[str]) -> None:
        """Begin and end every child; called by an actor."""
        child = self._state["ItemProcessor"]["ProcessorConfig"]["ExecutionType"]
        size = self._state.get("ItemBatcher", {}).get("MaxItemsPerBatch", 1)
        batches = [items[at : at + size] for at in range(0, len(items), size)]
        for batch in batches:
            while self._open >= self._state["MaxConcurrency"]:
                self._scheduler.sleep(0.05, "a child's end")
            self._open += 1
            self.transitions += TRANSITIONS[child]
            self._scheduler.spawn("child", lambda batch=batch: self._child(batch), mortal=False)  # type: ignore[misc]
            self._scheduler.sleep(1 / STARTS_A_SECOND[child], "start a child")
        while self._open:
            self._scheduler.sleep(0.05, "the last children")

    def describe(self, *, ended: bool) -> dict[str, Any]:
        """What `DescribeMapRun` answers."""
        return {"status": "SUCCEEDED" if ended else "RUNNING", "itemCounts": dict(self._counts)}

    def _child(self, batch: Sequence[str]) -> None:
        try:
            fate = "succeeded" if self._work(batch) else "failed"
        finally:
            self._open -= 1
        self._counts[fate] += len(batch)

    def _work(self, batch: Sequence[str]) -> bool:
        (retry,) = self._state["ItemProcessor"]["States"]["Work"]["Retry"]
        for pause in (*_pauses(retry), None):
            try:
                if self._invoke(batch):
                    return True
            except TaskFailed:
                return False
            if pause is not None:
                self.retries += 1
                self._scheduler.sleep(pause, "retry")
        return False

    def _invoke(self, batch: Sequence[str]) -> bool:
        """Whether the service learns that the function has ended well."""
        dice = self._scheduler.dice
        verdict = self._scheduler.pause("Invoke", Kind.WRITE)
        if verdict is Verdict.REFUSED:
            return False
        self.invocations += 1
        dies_at = dice.whole(0, len(batch)) if dice.chance(DEATHS) else None
        for number, item in enumerate(batch):
            self._scheduler.sleep(dice.between(0, 2 * ITEM_SECONDS), "work")
            if number == dies_at:
                break
            self._task(item)
        self.deaths += dies_at is not None
        return verdict is Verdict.GO and dies_at is None


def _pauses(retry: Mapping[str, Any]) -> Iterator[float]:
    for attempt in range(retry["MaxAttempts"]):
        yield retry["IntervalSeconds"] * retry["BackoffRate"] ** attempt


def simulate_map(kind: type[DistributedMap], scene: Scene, poison: frozenset[str] = frozenset()) -> Outcome:
    """Run a map to its end. `poison`: items whose function raises an error of its own, each time."""

    def task(item: str) -> None:
        if item in poison:
            raise TaskFailed(item)
        scene.judge.work(item)

    run = MapRun(scene.scheduler, kind.definition("arn:aws:lambda:us-east-1:000000000000:function:work"), task)

    def begin() -> None:
        run.run(ids(scene.judge.items))
        if kind.finished(run.describe(ended=True)):
            scene.told()

    scene.scheduler.spawn("execution", begin, mortal=False)
    scene.scheduler.run()
    scene.judge.crashes = run.deaths
    return scene.outcome(
        kind.name,
        kind.counted(run.describe(ended=True)),
        calls={"Invoke": run.invocations},
        retries=run.retries,
        transitions=run.transitions + (run.retries if kind.child == "STANDARD" else 0),
    )

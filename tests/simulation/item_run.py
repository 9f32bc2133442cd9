"""Runs the items of a chunk without threads: each lane is an actor that dies with its process."""

from collections.abc import Iterable
from typing import Any

from local.simulation import Actor, Scheduler
from tallygate.batch.work.item_run import TRIES_IN_A_ROW
from tests.item_runs import ThreadlessRun

PAUSE_SECONDS = 2.0  # before an item is tried again, at most


class CooperativeItemRun(ThreadlessRun):
    """`ItemRunner` for actors; the parameters are those of `ItemRun`, after the scheduler."""

    def __init__(self, scheduler: Scheduler, *items: Any, **settings: Any) -> None:
        super().__init__(*items, **settings)
        self._scheduler = scheduler
        self._stopped = False
        self._running: dict[int, float] = {}
        self._made = scheduler.now
        self._worker = scheduler.current
        self._lanes: list[Actor] = []

    def begin(self, numbers: Iterable[int]) -> None:
        """See `ItemRunner.begin`."""
        self._line.extend(numbers)
        self._lanes = [
            self._scheduler.spawn(f"{self._worker.name}/{lane}", self._lane, process=self._worker)
            for lane in range(min(self._slots, len(self._line)))
        ]

    def wait(self, seconds: float) -> bool:
        """See `ItemRunner.wait`."""
        return self._scheduler.join(self._lanes, max(0.0, seconds))

    def stop(self, grace_seconds: float) -> bool:
        """See `ItemRunner.stop`."""
        self._stopped = True
        self._line.clear()
        return self.wait(grace_seconds)

    @property
    def outlasting(self) -> list[int]:
        """See `ItemRunner.outlasting`."""
        now = self._scheduler.now
        return [number for number, since in self._running.items() if now - since >= 0.9 * (now - self._made)]

    def _lane(self) -> None:
        while self._line:
            number = self._line.pop(0)
            self._running[number] = self._scheduler.now
            self._run(number)
            del self._running[number]

    def _run(self, number: int) -> None:
        for _ in range(TRIES_IN_A_ROW):
            if self._stopped or self._try(number):
                return
            self._scheduler.sleep(self._scheduler.dice.between(0, PAUSE_SECONDS), f"item {number} again soon")

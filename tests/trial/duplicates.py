"""Duplicates of dispatch: chunks sent again by hand in mid-run, and each message of a queue doubled."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.deployment import BATCHES_TABLE
from tests.trial.evidence import index, scan
from tests.trial.plan import Batch
from tests.trial.world import World

PAUSE_SECONDS = (0.2, 1.5)


class Duplicates:
    """Sends chunks of a batch that are sent by others too.

    Parameters
    ----------
    world : World
    batch : Batch
    dice : random.Random
    """

    def __init__(self, world: World, batch: Batch, dice: random.Random) -> None:
        self._world = world
        self._batch = batch
        self._dice = dice
        self._done = threading.Event()
        self._trouble: Exception | None = None
        self.sent = 0

    @contextmanager
    def meanwhile(self) -> Iterator["Duplicates"]:
        """Send meanwhile. Raises what went wrong with it."""
        thread = threading.Thread(target=self._send, daemon=True, name="duplicates")
        thread.start()
        try:
            yield self
        finally:
            self._done.set()
            thread.join()
        if self._trouble:
            raise self._trouble

    def _send(self) -> None:
        try:
            tasks = self._tasks()
            if self._batch.dispatch == "queue":
                for task in self._dice.sample(tasks, len(tasks)):
                    self._one(task)
            while not self._done.wait(self._dice.uniform(*PAUSE_SECONDS)):
                self._one(self._dice.choice(tasks))
        except Exception as error:  # noqa: BLE001 (raised in the thread that waits for us)
            self._trouble = error

    def _one(self, task: dict[str, Any]) -> None:
        self._world.send(task, self._batch.dispatch)
        self.sent += 1

    def _tasks(self) -> list[dict[str, Any]]:
        """The messages of all chunks, as soon as there is a manifest."""
        while not (found := tasks(self._world, self._batch.name, 0)) and not self._done.is_set():
            time.sleep(0.2)
        return found


def tasks(world: World, batch: str, generation: int) -> list[dict[str, Any]]:
    """The messages of a generation's chunks; none before it is planned."""
    for row in scan(world.deployment, BATCHES_TABLE):
        if row["pk"].split("#")[1] == batch and row["sk"] == f"g{generation}#manifest":
            chunks = index(world.deployment, row)
            return [{"batch": batch, "generation": generation, "chunk": chunk} for chunk in chunks]
    return []

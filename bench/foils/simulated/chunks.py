"""Tallygate's own code in the foils' simulation."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from bench.foils.chunk_records import CHUNK_SIZE, NAME, ChunkRecords
from bench.foils.ids import ids
from bench.foils.outcome import Outcome
from bench.foils.simulated.run import ITEM_SECONDS, Scene
from local.simulation import Scheduler
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.work.item_run import ItemRun

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
SIDE_BY_SIDE = 20


@contextmanager
def simulated_pauses(scheduler: Scheduler) -> Iterator[None]:
    """What Tallygate's adapters wait before they send a call again passes in simulated time, by the seed's dice."""
    random.seed(scheduler.dice.seed)
    with patch("tallygate.put_if_absent.time", SimpleNamespace(sleep=scheduler.sleep)):
        yield


def simulate_chunks(scene: Scene, *, poison: frozenset[str] = frozenset(), chunk_size: int = CHUNK_SIZE) -> Outcome:
    """Run the protocol to its end, and report. `poison`: items whose function raises, each time."""
    scheduler = scene.scheduler

    def process(item: str) -> None:
        if item in poison:
            raise ValueError(item)
        scene.judge.work(item)

    def item_run(items: Any, *arguments: Any, **options: Any) -> ItemRun:
        run = ItemRun(items, *arguments, **options)
        scheduler.sleep(len(items) * ITEM_SECONDS / SIDE_BY_SIDE, "work")
        return run

    def send(task: ChunkTask) -> None:
        scheduler.spawn("sent again", lambda: scene.persist(lambda: batch.run(task)), mortal=False)

    batch = ChunkRecords(
        scene.client,  # type: ignore[arg-type]
        "batches",
        work=process,
        send=send,
        now=lambda: START + timedelta(seconds=scheduler.now),
        item_run=item_run,
        chunk_size=chunk_size,
    )
    counted = -1

    def begin() -> None:
        tasks = scene.persist(lambda: batch.plan(ids(scene.judge.items), START))
        scene.deliver(tasks, handle)
        scene.poll(batch.finished)

    def handle(task: ChunkTask) -> bool:
        batch.run(task)
        return False

    def ask() -> None:
        nonlocal counted
        counted = scene.persist(batch.counted)

    with simulated_pauses(scheduler):
        scheduler.spawn("execution", begin, mortal=False)
        scheduler.run()
        scheduler.spawn("report", ask, mortal=False)
        scheduler.run()
    return scene.outcome(NAME, counted)

"""Attempts that die: a batch store and a run of items, without threads, in which a process can end at any step."""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tallygate.batch import Item
from tallygate.batch.memory import MemoryBatchStore
from tallygate.batch.records import ChunkRecord, Progress
from tallygate.batch.work.chunk_worker import ChunkWorker
from tallygate.batch.work.item_runner import MakeItemRunner
from tallygate.errors import Unavailable
from tallygate.events import EventStore
from tests.item_runs import ThreadlessRun
from tests.unit.batch.batches import Bench


class Death(BaseException):
    """The process is gone: nothing of it runs any more."""


@dataclass
class Fate:
    """When processes die for reasons of their own, and when AWS gives no answer; at most `blows` times."""

    rng: random.Random
    blows: int = 0
    chance: float = 0.1
    fallen: int = 0
    brisk: bool = False  # no time passes while items run

    def strike(self) -> None:
        if self.fallen < self.blows and self.rng.random() < self.chance:
            self.fallen += 1
            raise Death("killed from outside") if self.rng.random() < 0.7 else Unavailable("no answer")


class MortalStore:
    """Each call may be the last, before it takes effect or after."""

    def __init__(self, store: MemoryBatchStore, fate: Fate) -> None:
        self._store, self._fate = store, fate
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)

        def call(*args: Any, **options: Any) -> Any:
            self._fate.strike()
            self.calls[name] += 1
            answer = method(*args, **options)
            self._fate.strike()
            return answer

        return call


class MortalRun(ThreadlessRun):
    """One item after another in any order; an item may take the process down."""

    def __init__(self, *items: Any, fate: Fate, **settings: Any) -> None:
        super().__init__(*items, **settings)
        self._fate = fate

    def begin(self, numbers: Iterable[int]) -> None:
        self._line += numbers
        self._fate.rng.shuffle(self._line)

    def wait(self, seconds: float) -> bool:
        for _ in range(len(self._line) if self._fate.brisk else self._fate.rng.randint(0, self._slots * 2)):
            if self._line:
                self._try(self._line.pop())
                self._fate.strike()  # it may be done and nobody knows
        return not self._line

    def stop(self, grace_seconds: float) -> bool:
        self._line.clear()
        return True


@dataclass
class Mortals:
    """One chunk whose item ids are 0, 1, …; some of them kill, some raise. Attempts until it has its record."""

    items: int
    killers: frozenset[int] = frozenset()
    raisers: frozenset[int] = frozenset()
    slots: int = 4
    fate: Fate = field(default_factory=lambda: Fate(random.Random(1)))
    ran: Counter[int] = field(default_factory=Counter)
    deaths: int = 0
    attempts: int = 0

    def __post_init__(self) -> None:
        self.bench = Bench(self._process)
        self.bench.upload(*range(self.items))
        self.bench.plan({"chunk_size": self.items, "item_concurrency": self.slots})
        self.store = MortalStore(self.bench.records, self.fate)
        (self.task,) = self.bench.tasks()

    def _process(self, item: Item, _context: object) -> None:
        number = int(item.id)
        self.ran[number] += 1
        if number in self.killers:
            raise Death(f"killed by item {number}")
        if number in self.raisers:
            raise ValueError(f"no {number}")

    def attempt(self, seconds_left: Callable[[], float] = lambda: 240.0) -> None:
        """In a process of its own, after the lease of the one before has lapsed."""
        self.attempts += 1
        self.bench.clock.sleep(31)
        try:
            self.worker().run(self.task, seconds_left)
        except Death:
            self.deaths += 1
        except Unavailable:
            pass

    def worker(self, item_run: MakeItemRunner | None = None) -> ChunkWorker:
        def run(*args: Any, **options: Any) -> MortalRun:
            return MortalRun(*args, **options, fate=self.fate)

        return ChunkWorker(
            self.store,
            self.bench.objects,
            EventStore(self.bench.log, now=self.bench.clock),
            self.bench.workers,
            lease_seconds=30,
            now=self.bench.clock,
            leave=lambda: None,
            item_run=item_run or run,
        )

    def to_the_end(self, seconds_left: Callable[[], float] = lambda: 240.0, most: int = 100) -> ChunkRecord:
        while (record := self.bench.records.chunk(self.bench.manifest(), 0)) is None:
            assert self.attempts < most, f"no record after {most} attempts"
            self.attempt(seconds_left)
        return record

    @property
    def progress(self) -> Progress:
        (held,) = self.bench.records.progress(self.bench.manifest())
        return held

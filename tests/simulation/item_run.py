"""Runs the items of a chunk without threads: each lane is an actor that dies with its process."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from local.simulation import Actor, Scheduler
from tallygate.batch.records import Failure
from tallygate.batch.work.attempt import Usage
from tallygate.batch.work.bitmap import Bitmap
from tallygate.batch.work.item_run import TRIES_IN_A_ROW
from tallygate.batch.work.item_runner import Items
from tallygate.batch.worker import Item

PAUSE_SECONDS = 2.0  # before an item is tried again, at most


class CooperativeItemRun:
    """`ItemRunner` for actors; the parameters are those of `ItemRun`, after the scheduler."""

    def __init__(
        self,
        scheduler: Scheduler,
        items: Items,
        process: Callable[[Item], None],
        *,
        done: Bitmap,
        failures: Mapping[int, Failure],
        concurrency: int,
        transient: Callable[[Exception], bool],
    ) -> None:
        self._scheduler = scheduler
        self._items = items
        self._process = process
        self._transient = transient
        self._slots = concurrency
        self._stopped = False
        self._ok = {number for number in range(len(items)) if number in done}
        self._failures = {n: failure for n, failure in failures.items() if n < len(items) and n not in self._ok}
        self._line: list[int] = []
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
    def todo(self) -> Sequence[int]:
        """See `ItemRunner.todo`."""
        return [number for number in range(len(self._items)) if number not in self._ok and number not in self._failures]

    @property
    def done(self) -> Bitmap:
        """See `ItemRunner.done`."""
        return Bitmap.of(self._ok)

    @property
    def failures(self) -> Mapping[int, Failure]:
        """See `ItemRunner.failures`."""
        return dict(sorted(self._failures.items()))

    @property
    def outlasting(self) -> Sequence[int]:
        """See `ItemRunner.outlasting`."""
        now = self._scheduler.now
        return [number for number, since in self._running.items() if now - since >= 0.9 * (now - self._made)]

    @property
    def complete(self) -> bool:
        """See `ItemRunner.complete`."""
        return len(self._ok) + len(self._failures) == len(self._items)

    @property
    def usage(self) -> Usage:
        """See `ItemRunner.usage`; nobody looks at it here."""
        return Usage(slots=self._slots)

    def _lane(self) -> None:
        while self._line:
            number = self._line.pop(0)
            self._running[number] = self._scheduler.now
            self._run(number)
            del self._running[number]

    def _run(self, number: int) -> None:
        for _ in range(TRIES_IN_A_ROW):
            if self._stopped:
                return
            try:
                self._process(self._items[number])
            except Exception as exc:  # noqa: BLE001 (whatever the item's function raises is the item's outcome)
                if not self._transient(exc):
                    error = f"{type(exc).__name__}: {exc}"
                    self._failures[number] = Failure(self._items.id(number), error, number)
                    return
                self._scheduler.sleep(self._scheduler.dice.between(0, PAUSE_SECONDS), f"item {number} again soon")
            else:
                self._ok.add(number)
                return

"""Runs the items of a chunk without threads: each lane is an actor that dies with its process."""

from collections.abc import Callable, Mapping, Sequence

from local.simulation import Scheduler
from tallygate.batch.bitmap import Bitmap
from tallygate.batch.item_run import is_transient
from tallygate.batch.records import Failure
from tallygate.batch.worker import Item

PAUSE_SECONDS = 2.0  # before an item is tried again, at most


class CooperativeItemRun:
    """`ItemRun` for actors; same parameters, after the scheduler."""

    def __init__(
        self,
        scheduler: Scheduler,
        items: Sequence[Item],
        process: Callable[[Item], None],
        *,
        done: Bitmap,
        concurrency: int,
        transient: Callable[[Exception], bool] = is_transient,
    ) -> None:
        self._scheduler = scheduler
        self._items = items
        self._process = process
        self._transient = transient
        self._stopped = False
        self._ok = {number for number in range(len(items)) if number in done}
        self._failures: dict[int, Failure] = {}
        self._todo = [number for number in range(len(items)) if number not in done]
        worker = scheduler.current
        self._lanes = [
            scheduler.spawn(f"{worker.name}/{lane}", self._lane, process=worker)
            for lane in range(min(concurrency, len(self._todo)))
        ]

    def wait(self, seconds: float) -> bool:
        """See `ItemRun.wait`."""
        return self._scheduler.join(self._lanes, max(0.0, seconds))

    def stop(self, grace_seconds: float) -> bool:
        """See `ItemRun.stop`."""
        self._stopped = True
        return self.wait(grace_seconds)

    @property
    def done(self) -> Bitmap:
        """See `ItemRun.done`."""
        return Bitmap.of(self._ok)

    @property
    def failures(self) -> Mapping[int, Failure]:
        """See `ItemRun.failures`."""
        return dict(self._failures)

    @property
    def complete(self) -> bool:
        """See `ItemRun.complete`."""
        return len(self._ok) + len(self._failures) == len(self._items)

    def _lane(self) -> None:
        while self._todo and not self._stopped:
            self._run(self._todo.pop(0))

    def _run(self, number: int) -> None:
        item = self._items[number]
        while not self._stopped:
            try:
                self._process(item)
            except Exception as exc:  # noqa: BLE001 (whatever the item's function raises is the item's outcome)
                if not self._transient(exc):
                    self._failures[number] = Failure(item.id, f"{type(exc).__name__}: {exc}", number)
                    return
                self._scheduler.sleep(self._scheduler.dice.between(0, PAUSE_SECONDS), f"item {item.id} again soon")
            else:
                self._ok.add(number)
                return

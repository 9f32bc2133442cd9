"""`ItemRunner` without threads: an item at each look, in order."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from tallygate.batch.records import Failure
from tallygate.batch.work.attempt import Usage
from tallygate.batch.work.bitmap import Bitmap
from tallygate.batch.work.item_runner import Items
from tallygate.batch.worker import Item


class OneByOne:
    """See `ItemRunner`."""

    def __init__(
        self,
        items: Items,
        process: Callable[[Item], None],
        *,
        done: Bitmap,
        failures: Mapping[int, Failure],
        concurrency: int,
        transient: Callable[[Exception], bool],
    ) -> None:
        self._items = items
        self._process = process
        self._transient = transient
        self._ok = {number for number in range(len(items)) if number in done}
        self._failures = dict(failures)
        self._line: list[int] = []

    def begin(self, numbers: Iterable[int]) -> None:
        """See `ItemRunner.begin`."""
        self._line = list(numbers)

    def wait(self, seconds: float) -> bool:
        """See `ItemRunner.wait`."""
        if self._line and seconds > 0:
            self._run(self._line.pop(0))
        return not self._line

    def stop(self, grace_seconds: float) -> bool:
        """See `ItemRunner.stop`."""
        self._line = []
        return True

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
        return dict(self._failures)

    @property
    def outlasting(self) -> Sequence[int]:
        """See `ItemRunner.outlasting`."""
        return []

    @property
    def complete(self) -> bool:
        """See `ItemRunner.complete`."""
        return not self.todo

    @property
    def usage(self) -> Usage:
        """See `ItemRunner.usage`."""
        return Usage(slots=1)

    def _run(self, number: int) -> None:
        item = self._items[number]
        try:
            self._process(item)
        except Exception as exc:  # noqa: BLE001 (whatever the item's function raises is the item's outcome)
            if not self._transient(exc):
                self._failures[number] = Failure(item.id, str(exc), number)
        else:
            self._ok.add(number)

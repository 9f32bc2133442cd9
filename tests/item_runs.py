"""What item runners without threads have in common; how they run their items is their own."""

from collections.abc import Callable, Mapping

from tallygate.batch.records import Failure
from tallygate.batch.work.attempt import Usage
from tallygate.batch.work.bitmap import Bitmap
from tallygate.batch.work.item_run import error_text
from tallygate.batch.work.item_runner import Items
from tallygate.batch.worker import Item


class ThreadlessRun:
    """The books of an `ItemRunner`; the parameters are those of `ItemRun`."""

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
        self._slots = concurrency
        self._transient = transient
        self._ok = {number for number in range(len(items)) if number in done}
        self._failures = {n: failure for n, failure in failures.items() if n < len(items) and n not in self._ok}
        self._line: list[int] = []

    @property
    def todo(self) -> list[int]:
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
    def outlasting(self) -> list[int]:
        """See `ItemRunner.outlasting`; none, where no time passes."""
        return []

    @property
    def complete(self) -> bool:
        """See `ItemRunner.complete`."""
        return not self.todo

    @property
    def usage(self) -> Usage:
        """See `ItemRunner.usage`; nobody looks at it here."""
        return Usage(slots=self._slots)

    def _try(self, number: int) -> bool:
        """Whether it has ended, as ok or as failed; False: it is to be tried again."""
        try:
            self._process(self._items[number])
        except Exception as exc:  # noqa: BLE001 (whatever the item's function raises is the item's outcome)
            if self._transient(exc):
                return False
            self._failures[number] = Failure(self._items.id(number), error_text(exc), number)
        else:
            self._ok.add(number)
        return True

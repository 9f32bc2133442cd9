"""`ItemRunner` without threads: an item at each look, in order."""

from collections.abc import Iterable

from tests.item_runs import ThreadlessRun


class OneByOne(ThreadlessRun):
    """See `ItemRunner`."""

    def begin(self, numbers: Iterable[int]) -> None:
        """See `ItemRunner.begin`."""
        self._line = list(numbers)

    def wait(self, seconds: float) -> bool:
        """See `ItemRunner.wait`."""
        if self._line and seconds > 0:
            self._try(self._line.pop(0))
        return not self._line

    def stop(self, grace_seconds: float) -> bool:
        """See `ItemRunner.stop`."""
        self._line = []
        return True

"""An item run that is told to stop from outside, and doesn't let its worker wait for the next checkpoint."""

from collections.abc import Callable
from typing import Any

from tallygate.batch.work.item_run import ItemRun
from tallygate.deadline import Deadline

LOOK_SECONDS = 0.2


class InterruptibleRun(ItemRun):
    """Items of a chunk, as `ItemRun` has them.

    Parameters
    ----------
    interrupted : callable
        True once the process is to stop: `wait` returns within 0.2 s, and the worker finds its time used up.
    """

    def __init__(self, *items: Any, interrupted: Callable[[], bool], **settings: Any) -> None:  # noqa: ANN401
        self._interrupted = interrupted
        super().__init__(*items, **settings)

    def wait(self, seconds: float) -> bool:
        """See `ItemRun.wait`."""
        until = Deadline.after(max(0.0, seconds))
        while not super().wait(min(LOOK_SECONDS, until.left)):
            # While it is being stopped, items in progress have all of their grace.
            if until.passed or (self._interrupted() and not self._stop.is_set()):
                return False
        return True

    @property
    def outlasting(self) -> list[int]:
        """See `ItemRun.outlasting`. None in a process that is stopped: its time was cut short by no item."""
        return [] if self._interrupted() else super().outlasting

"""Runs the items of one chunk side by side, until they are done or it is time to stop."""

import logging
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from tallygate.batch.bitmap import Bitmap
from tallygate.batch.records import Failure
from tallygate.deadline import full_jitter
from tallygate.errors import TransientError

if TYPE_CHECKING:
    from tallygate.batch.worker import Item

MAX_ERROR_BYTES = 200
_BASE_SECONDS, _CAP_SECONDS = 0.05, 2.0
_log = logging.getLogger(__name__)


def is_transient(exc: Exception) -> bool:
    """True where the same item may simply be tried again."""
    return isinstance(exc, TransientError)


class ItemRun:
    """Items of a chunk and what has become of them.

    Parameters
    ----------
    items : sequence of Item
        All of the chunk's, by their number within it.
    process : callable
        `item -> None`; returns: ok. Raises: failed, unless the error is transient, which is tried again.
    done : Bitmap
        Those that an earlier attempt has finished.
    concurrency : int
        Items at a time.
    transient : callable
        Tells errors after which an item is tried again.
    """

    def __init__(
        self,
        items: Sequence["Item"],
        process: Callable[["Item"], None],
        *,
        done: Bitmap,
        concurrency: int,
        transient: Callable[[Exception], bool] = is_transient,
    ) -> None:
        self._items = items
        self._process = process
        self._transient = transient
        self._stop = threading.Event()
        self._ok: set[int] = {number for number in range(len(items)) if number in done}
        self._failures: dict[int, Failure] = {}
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="item")
        todo = [number for number in range(len(items)) if number not in done]
        self._open: set[Future[None]] = {self._pool.submit(self._run, number) for number in todo}

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; True once no item is open."""
        self._open = wait(self._open, timeout=max(0.0, seconds)).not_done
        return not self._open

    def stop(self, grace_seconds: float) -> bool:
        """Begin no more items and wait for those in progress; False if some are still running after the grace."""
        self._stop.set()
        finished = self.wait(grace_seconds)
        self._pool.shutdown(wait=finished, cancel_futures=True)
        return finished

    @property
    def done(self) -> Bitmap:
        """Items whose effect is durable."""
        # A copy of the set first: items end while this is read.
        return Bitmap.of(tuple(self._ok))

    @property
    def failures(self) -> Mapping[int, Failure]:
        """Items that their function refused, by number."""
        return dict(self._failures)

    @property
    def complete(self) -> bool:
        """True if every item is either ok or failed."""
        return len(self._ok) + len(self._failures) == len(self._items)

    def _run(self, number: int) -> None:
        attempt = 0
        while not self._stop.is_set():
            try:
                self._process(self._items[number])
            except Exception as exc:  # noqa: BLE001 (whatever the user's function raises is the item's outcome)
                if not self._transient(exc):
                    self._failures[number] = _failure(self._items[number], exc, number)
                    return
                _log.warning("item %s is tried again: %s", self._items[number].id, exc)
                self._stop.wait(full_jitter(attempt, base=_BASE_SECONDS, cap=_CAP_SECONDS, rng=random.random))
                attempt += 1
            else:
                self._ok.add(number)
                return


def _failure(item: "Item", exc: Exception, number: int) -> Failure:
    text = f"{type(exc).__name__}: {exc}".encode()[:MAX_ERROR_BYTES].decode(errors="ignore")
    return Failure(item.id, text, number)

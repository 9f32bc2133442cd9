"""Runs the items of one chunk side by side, until they are done or it is time to stop."""

import logging
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from tallygate.batch.records import Failure
from tallygate.batch.work.attempt import Usage
from tallygate.batch.work.bitmap import Bitmap
from tallygate.deadline import full_jitter
from tallygate.errors import TransientError

if TYPE_CHECKING:
    from tallygate.batch.work.item_runner import Items
    from tallygate.batch.worker import Item

MAX_ERROR_BYTES = 200
TRIES_IN_A_ROW = 5  # then an item makes room for others
_BASE_SECONDS, _CAP_SECONDS = 0.05, 2.0
_log = logging.getLogger(__name__)


def is_transient(exc: BaseException) -> bool:
    """True where the same item may simply be tried again."""
    return isinstance(exc, TransientError)


class ItemRun:
    """Items of a chunk and what has become of them. At most `concurrency` threads, which end when nothing is left.

    Parameters
    ----------
    items : Items
        All of the chunk's.
    process : callable
        `item -> None`; returns: ok. Raises: failed, unless the error is transient, which is tried again.
    done : Bitmap
        Those that an earlier attempt has finished.
    failures : mapping of int to Failure
        Those that an earlier attempt saw fail.
    concurrency : int
        Items at a time.
    transient : callable
        Tells errors after which an item is tried again.
    """

    def __init__(
        self,
        items: "Items",
        process: Callable[["Item"], None],
        *,
        done: Bitmap,
        failures: Mapping[int, Failure],
        concurrency: int,
        transient: Callable[[Exception], bool] = is_transient,
    ) -> None:
        self._items = items
        self._process = process
        self._transient = transient
        self._slots = concurrency
        self._ok = {number for number in range(len(items)) if number in done}
        self._failures = {n: failure for n, failure in failures.items() if n < len(items) and n not in self._ok}
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._line: deque[tuple[int, float]] = deque()  # numbers, and since when they have been waiting
        self._running: dict[int, float] = {}
        self._tries: Counter[int] = Counter()
        self._threads = 0
        self._made = self._last = time.monotonic()
        self._begun, self._item_seconds, self._waited, self._waited_most = 0, 0.0, 0.0, 0.0

    def begin(self, numbers: Iterable[int]) -> None:
        """See `ItemRunner.begin`."""
        with self._changed:
            self._line.extend((number, time.monotonic()) for number in numbers)
            missing = min(self._slots - self._threads, len(self._line))
            self._threads += missing
        for _ in range(missing):
            threading.Thread(target=self._serve, name="item", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """See `ItemRunner.wait`."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._line and not self._running, max(0.0, seconds))

    def stop(self, grace_seconds: float) -> bool:
        """See `ItemRunner.stop`."""
        self._stop.set()
        with self._changed:
            self._line.clear()
        return self.wait(grace_seconds)

    @property
    def todo(self) -> list[int]:
        """Items that are neither ok nor failed."""
        return [number for number in range(len(self._items)) if number not in self._ok and number not in self._failures]

    @property
    def done(self) -> Bitmap:
        """Items whose effect is durable."""
        # A copy of the set first: items end while this is read.
        return Bitmap.of(tuple(self._ok))

    @property
    def failures(self) -> Mapping[int, Failure]:
        """Items that their function refused, by number."""
        return dict(sorted(self._failures.copy().items()))

    @property
    def outlasting(self) -> list[int]:
        """Items in progress that had nearly all the time that there was."""
        with self._changed:
            now = time.monotonic()
            return [n for n, since in self._running.items() if now - since >= 0.9 * (now - self._made)]

    @property
    def complete(self) -> bool:
        """True if every item is either ok or failed."""
        return len(self._ok) + len(self._failures) == len(self._items)

    @property
    def usage(self) -> Usage:
        """What the items took that have ended."""
        with self._changed:
            return Usage(
                slots=self._slots,
                items=self._begun,
                seconds=self._last - self._made,
                item_seconds=self._item_seconds,
                waited_seconds=self._waited,
                waited_most=self._waited_most,
            )

    def _serve(self) -> None:
        while (number := self._next()) is not None:
            try:
                self._run(number)
            finally:
                self._ended(number)

    def _next(self) -> int | None:
        with self._changed:
            if not self._line:
                self._threads -= 1
                return None
            number, since = self._line.popleft()
            self._running[number] = now = time.monotonic()
            self._begun += 1
            self._waited += now - since
            self._waited_most = max(self._waited_most, now - since)
            return number

    def _ended(self, number: int) -> None:
        with self._changed:
            self._last = time.monotonic()
            self._item_seconds += self._last - self._running.pop(number)
            if not self._running and not self._line:
                self._changed.notify_all()

    def _run(self, number: int) -> None:
        for _ in range(TRIES_IN_A_ROW):
            if self._stop.is_set():
                return
            try:
                self._process(self._items[number])
            except BaseException as exc:  # noqa: BLE001 (whatever the user's function raises, `SystemExit` too, is its outcome)
                if not isinstance(exc, Exception) or not self._transient(exc):
                    self._failures[number] = Failure(self._items.id(number), error_text(exc), number)
                    return
                self._again(number, exc)
            else:
                self._ok.add(number)
                return

    def _again(self, number: int, exc: Exception) -> None:
        _log.warning("item %s is tried again: %s", self._items.id(number), exc)
        self._stop.wait(full_jitter(self._tries[number], base=_BASE_SECONDS, cap=_CAP_SECONDS, rng=random.random))
        self._tries[number] += 1


def error_text(exc: BaseException) -> str:
    """The error's name and text, at most `MAX_ERROR_BYTES`."""
    try:
        text = f"{type(exc).__name__}: {exc}"
    except Exception:  # noqa: BLE001 (the user's own `__str__`)
        text = type(exc).__name__
    return text.encode(errors="replace")[:MAX_ERROR_BYTES].decode(errors="ignore")

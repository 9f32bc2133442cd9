"""The user's functions, run in the main thread and each within its time.

A signal is the one thing that ends a Python function from outside, also where it sleeps or waits, and Python hands
signals to the main thread only. So the threads that read and write pass the user's work to the main thread, which has
nothing else to do. (It would not be quicker in threads: it computes.) A C function that neither returns nor looks for
signals can't be ended; the function's own timeout then ends the process.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import Queue
from types import FrameType
from typing import Protocol, TypeVar

A = TypeVar("A")
R = TypeVar("R")


class Call(Protocol):
    """Runs work somewhere, and returns what it returns."""

    def __call__(self, work: Callable[[], R], /) -> R:
        """Run the work."""
        ...


def here(work: Callable[[], R], /) -> R:
    """Run the work in this thread."""
    return work()


class TimeIsUp(BaseException):
    """Raised in the midst of the user's function; no `except Exception` of theirs catches it."""


_watching = False


@contextmanager
def watch() -> Iterator[None]:
    """Take the signal for the block, so that `time_limit` within needs not: Python is slow at it.

    A timer of somebody else's goes on afterwards. For the main thread; elsewhere there is no limit.
    """
    global _watching  # noqa: PLW0603 (the signal is the process's)
    if _watching or threading.current_thread() is not threading.main_thread():
        yield
        return
    began = time.monotonic()
    handler = signal.signal(signal.SIGALRM, _ring)
    left, interval = signal.setitimer(signal.ITIMER_REAL, 0)
    _watching = True
    try:
        yield
    finally:
        _watching = False
        signal.signal(signal.SIGALRM, handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(0.001, left - (time.monotonic() - began)), interval)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeIsUp` in the block once it has taken so long. For the main thread; elsewhere there is no limit."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with watch():
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


class MainThread:
    """Work for the main thread, handed over by others."""

    def __init__(self) -> None:
        self._waiting: Queue[tuple[Callable[[], object], Future[object]]] = Queue()
        self._serving = False

    def call(self, work: Callable[[], R], /) -> R:
        """Run `work` in the main thread, from whichever thread; here where nobody serves."""
        if not self._serving or threading.current_thread() is threading.main_thread():
            return work()
        done: Future[object] = Future()
        self._waiting.put((work, done))
        return done.result()  # type: ignore[return-value]

    def map(self, work: Callable[[A], R], arguments: Sequence[A], *, threads: int) -> list["Future[R]"]:
        """Do the work for each argument in threads, and serve them meanwhile. All of them are done on return.

        The work may call `map` again, from its thread or from the main one.
        """
        with ThreadPoolExecutor(max(1, min(threads, len(arguments)))) as pool:
            if threading.current_thread() is not threading.main_thread():
                return [pool.submit(work, argument) for argument in arguments]
            before, self._serving = self._serving, True
            try:
                futures = [pool.submit(work, argument) for argument in arguments]
                self._serve(futures)
            finally:
                self._serving = before
        return futures

    def _serve(self, futures: "list[Future[R]]") -> None:
        running = set(futures)
        for future in futures:  # the end of a thread's work is handed over too, to whichever `map` serves then
            future.add_done_callback(lambda ended: self._waiting.put((lambda: running.discard(ended), Future())))
        while running:
            _fulfil(*self._waiting.get())


def _fulfil(work: Callable[[], object], done: "Future[object]") -> None:
    try:
        done.set_result(work())
    except BaseException as exc:  # noqa: BLE001 (raised where the work was handed over)
        done.set_exception(exc)


def _ring(_number: int, _frame: FrameType | None) -> None:
    raise TimeIsUp

"""The user's code in the main thread, each piece of it within its time."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from tallygate.projections.time_limit import MainThread, TimeIsUp, here, time_limit

MAIN = threading.main_thread()


@contextmanager
def somebody_elses_timer(seconds: float) -> Iterator[list[float]]:
    """As pytest-timeout sets one; it notes when it rings. The one of this very test run comes back afterwards."""
    rung: list[float] = []

    def ring(_number: int, _frame: FrameType | None) -> None:
        rung.append(time.monotonic())

    handler, timer = signal.signal(signal.SIGALRM, ring), signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield rung
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)


def sleep() -> None:
    time.sleep(30)


def loop() -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        pass


def wait() -> None:
    threading.Event().wait(30)


def catch_what_is_an_exception() -> None:
    try:
        loop()
    except Exception:  # noqa: BLE001 (so that TimeIsUp must be none)
        loop()


@pytest.mark.parametrize("work", [sleep, loop, wait, catch_what_is_an_exception], ids=lambda work: work.__name__)
def test_work_is_ended_when_its_time_is_up(work: Callable[[], None]) -> None:
    began = time.monotonic()
    with pytest.raises(TimeIsUp), time_limit(0.05):
        work()
    assert 0.04 < time.monotonic() - began < 5


def test_work_in_time_is_left_alone_also_afterwards() -> None:
    with somebody_elses_timer(60):
        before = signal.getsignal(signal.SIGALRM)
        with time_limit(0.05):
            pass
        assert signal.getsignal(signal.SIGALRM) is before
        assert 59 < signal.getitimer(signal.ITIMER_REAL)[0] <= 60
        time.sleep(0.1)


def test_somebody_elses_timer_goes_on_also_where_the_work_was_ended() -> None:
    with somebody_elses_timer(60):
        with pytest.raises(TimeIsUp), time_limit(0.2):
            sleep()
        assert 59 < signal.getitimer(signal.ITIMER_REAL)[0] < 59.81
    with somebody_elses_timer(0.05) as rung, time_limit(5):  # it is due meanwhile
        time.sleep(0.2)
        assert rung == []
    with somebody_elses_timer(0.05) as rung:
        with time_limit(5):
            time.sleep(0.1)
        time.sleep(0.1)
        assert len(rung) == 1


def test_without_a_timer_of_somebody_elses_none_is_left() -> None:
    with somebody_elses_timer(0):
        with time_limit(5):
            pass
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_in_another_thread_there_is_no_limit() -> None:
    def limited() -> str:
        with time_limit(0.01):
            time.sleep(0.1)
        return "done"

    (future,) = MainThread().map(lambda _: limited(), [0], threads=1)
    assert future.result() == "done"


def test_threads_have_their_work_done_in_the_main_one() -> None:
    main = MainThread()
    callers: set[threading.Thread] = set()

    def work(n: int) -> tuple[int, threading.Thread]:
        callers.add(threading.current_thread())
        time.sleep(0.002)
        return main.call(lambda: (n * n, threading.current_thread()))

    futures = main.map(work, range(50), threads=8)
    assert [future.result() for future in futures] == [(n * n, MAIN) for n in range(50)]
    assert MAIN not in callers
    assert len(callers) > 1


def test_nobody_serves_then_the_work_is_done_here() -> None:
    assert MainThread().call(threading.current_thread) is MAIN
    assert here(threading.current_thread) is MAIN


@pytest.mark.timeout(30)
def test_after_a_map_nobody_serves_any_more() -> None:
    main, found = MainThread(), []
    main.map(lambda n: n, range(3), threads=2)
    thread = threading.Thread(target=lambda: found.append(main.call(threading.current_thread)), daemon=True)
    thread.start()
    thread.join(5)
    assert found == [thread]


def test_an_exception_is_raised_where_the_work_was_handed_over_and_ends_nobody_else() -> None:
    main, seen = MainThread(), []

    def fail() -> None:
        raise KeyError("x")

    def work(n: int) -> int:
        if n == 1:
            try:
                main.call(fail)
            except KeyError as exc:
                seen.append((exc, threading.current_thread()))
                raise
        return main.call(lambda: n)

    futures = main.map(work, range(3), threads=2)
    assert [future.exception() for future in futures] == [None, seen[0][0], None]
    assert seen[0][1] is not MAIN
    assert main.call(threading.current_thread) is MAIN  # nothing waits any more


def test_the_limit_holds_for_work_that_was_handed_over() -> None:
    main = MainThread()

    def limited() -> None:
        with time_limit(0.05):
            sleep()

    futures = main.map(lambda n: main.call(limited) if n else main.call(lambda: None), range(3), threads=3)
    assert [type(future.exception()) for future in futures] == [type(None), TimeIsUp, TimeIsUp]


def test_nothing_to_do() -> None:
    assert MainThread().map(lambda n: n, [], threads=16) == []


@pytest.mark.timeout(30)
def test_a_map_within_a_map_from_a_thread() -> None:
    main = MainThread()
    inner_is_done = threading.Event()

    def inner(n: int) -> threading.Thread:
        return main.call(threading.current_thread)

    def outer(n: int) -> list[threading.Thread]:
        if n:
            inner_is_done.wait(10)
            return [main.call(threading.current_thread)]
        threads = [future.result() for future in main.map(inner, range(5), threads=3)]
        inner_is_done.set()
        return threads

    futures = main.map(outer, range(4), threads=4)
    assert [future.result() for future in futures] == [[MAIN] * 5, [MAIN], [MAIN], [MAIN]]


@pytest.mark.timeout(30)
def test_a_map_within_a_map_from_the_main_thread() -> None:
    main = MainThread()

    def inner(n: int) -> threading.Thread:
        time.sleep(0.02)  # so that the outer one's threads end while this one serves
        return main.call(threading.current_thread)

    def outer(n: int) -> list[threading.Thread]:
        if n:
            return []
        return main.call(lambda: [future.result() for future in main.map(inner, range(5), threads=2)])

    futures = main.map(outer, range(4), threads=4)
    assert [future.result() for future in futures] == [[MAIN] * 5, [], [], []]

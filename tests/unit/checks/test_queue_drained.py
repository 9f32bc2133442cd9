"""A queue is drained when it was seen empty so many times in a row."""

from typing import Any

import pytest

from tallygate.batch.errors import NotReadyError
from tallygate.checks import QueueDrained
from tallygate.checks.memory import MemoryQueue
from tallygate.checks.queue_drained import Depth
from tallygate.errors import InvalidInput

EMPTY = Depth(visible=0, in_flight=0, delayed=0)


def test_a_queue_that_is_empty_at_every_look_passes() -> None:
    queue, slept = MemoryQueue([EMPTY]), list[float]()
    check = QueueDrained(queue, looks=3, pause_seconds=7, sleep=slept.append)
    assert check.check() == {"forced": False, "looks": 3}
    assert (queue.looks, slept) == (3, [7, 7])


@pytest.mark.parametrize("left", ["visible", "in_flight", "delayed"])
def test_one_message_of_any_kind_is_waited_for_after_one_look(left: str) -> None:
    depth = Depth(**({"visible": 0, "in_flight": 0, "delayed": 0} | {left: 1}))
    queue, slept = MemoryQueue([depth]), list[float]()
    with pytest.raises(NotReadyError, match=rf"the queue has .*1 {left.replace('_', ' ')}.* \(look 1 of 4\)"):
        QueueDrained(queue, sleep=slept.append).check()
    assert (queue.looks, slept) == (1, [])


def test_a_message_that_shows_at_the_last_look_only_is_waited_for() -> None:
    """What one look of SQS's approximate counts misses, another may see."""
    queue = MemoryQueue([EMPTY, EMPTY, Depth(visible=2, in_flight=1, delayed=0)])
    with pytest.raises(NotReadyError, match=r"2 visible, 1 in flight, 0 delayed \(look 3 of 3\)"):
        QueueDrained(queue, looks=3, sleep=lambda _: None).check()


def test_forced_it_passes_without_a_look() -> None:
    queue = MemoryQueue([Depth(visible=5, in_flight=0, delayed=0)])
    assert QueueDrained(queue).check(force=True) == {"forced": True, "looks": 0}
    assert queue.looks == 0


def test_by_default_the_looks_span_the_minute_after_which_the_counts_settle() -> None:
    slept = list[float]()
    QueueDrained(MemoryQueue([EMPTY]), sleep=slept.append).check()
    assert sum(slept) >= 60


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"looks": 0}, "looks is 0, expected a whole number from 1 to 1,000"),
        ({"looks": True}, "looks is True"),
        ({"looks": 1.5}, r"looks is 1\.5"),
        ({"pause_seconds": -1}, "pause_seconds is -1, expected 0 or more"),
        ({"pause_seconds": -1, "looks": 1}, "pause_seconds is -1"),
        ({"pause_seconds": float("nan")}, "pause_seconds is nan"),
        ({"pause_seconds": 300}, r"pause_seconds is 300, expected 0 or more, and 4 looks within 840 s"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        QueueDrained(MemoryQueue([EMPTY]), **settings)


@pytest.mark.parametrize("force", ["false", 1, None])
def test_only_true_forces(force: Any) -> None:
    with pytest.raises(InvalidInput, match=r"force is .*, expected true or false"):
        QueueDrained(MemoryQueue([EMPTY])).check(force=force)

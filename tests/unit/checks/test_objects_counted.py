"""Objects are counted when so many stand under a prefix."""

from typing import Any

import pytest

from tallygate.batch.errors import NotReadyError
from tallygate.checks import ObjectsCounted
from tallygate.checks.memory import MemoryKeys
from tallygate.errors import InvalidInput


def results(count: int, *others: str) -> MemoryKeys:
    return MemoryKeys([*(f"results/{n:05d}" for n in range(count)), *others])


def test_enough_objects_pass() -> None:
    assert ObjectsCounted(results(3)).check("results/", 3) == {"forced": False, "counted": 3}


def test_too_few_are_waited_for_and_the_message_has_both_numbers() -> None:
    with pytest.raises(NotReadyError, match=r"2,500 of 2,501 objects stand under 'results/'"):
        ObjectsCounted(results(2500, "elsewhere/1")).check("results/", 2501)


def test_no_more_pages_are_read_than_are_needed() -> None:
    keys = results(5000)
    assert ObjectsCounted(keys).check("results/", 1001)["counted"] == 1001
    assert keys.read == 2


def test_the_marker_of_a_folder_is_no_object() -> None:
    with pytest.raises(NotReadyError, match="2 of 3"):
        ObjectsCounted(results(2, "results/", "results/sub/")).check("results/", 3)


def test_forced_it_passes_without_counting() -> None:
    keys = results(1)
    assert ObjectsCounted(keys).check("results/", 5, force=True) == {"forced": True, "counted": 0}
    assert keys.read == 0


@pytest.mark.parametrize(
    ("prefix", "at_least", "problem"),
    [
        ("results/", 0, "at_least is 0, expected a whole number from 1 to 1,000,000"),
        ("results/", 1_000_001, "at_least is 1000001"),
        ("results/", "3", "at_least is '3'"),
        ("results/", 2.0, r"at_least is 2\.0"),
        ("results/", True, "at_least is True"),
        (None, 1, "prefix is None, expected a text such as"),
        (7, 1, "prefix is 7"),
        ("s3://bucket/results/", 1, "leave out s3:// and the bucket"),
        ("é" * 513, 1, "prefix is 1,026 bytes long"),
    ],
)
def test_bad_input_is_refused_also_when_forced(prefix: Any, at_least: Any, problem: str) -> None:
    for force in (False, True):
        with pytest.raises(InvalidInput, match=problem):
            ObjectsCounted(results(5)).check(prefix, at_least, force=force)


@pytest.mark.parametrize("force", ["false", 0])
def test_only_true_forces(force: Any) -> None:
    with pytest.raises(InvalidInput, match=r"force is .*, expected true or false"):
        ObjectsCounted(results(5)).check("results/", 1, force=force)

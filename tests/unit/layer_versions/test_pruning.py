"""Which old versions go, and which never."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallygate.layer_versions.memory import MemoryCatalogue
from tallygate.layer_versions.pruning import QUIET, Pruned, Pruning

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)


def shelf_of(count: int) -> MemoryCatalogue:
    shelf = MemoryCatalogue()
    for _ in range(count):
        shelf.publish("ours")
        shelf.publish("other")
    return shelf


def arn(number: int, layer: str = "ours", account: str = "000000000000") -> str:
    return f"arn:aws:lambda:us-east-1:{account}:layer:{layer}:{number}"


def prune(shelf: MemoryCatalogue, *, kept: int, spared: set[int]) -> Pruned:
    return Pruning(shelf, clock=lambda: NOW).prune("ours", kept=kept, spared=spared)


def numbers(shelf: MemoryCatalogue, layer: str = "ours") -> list[int]:
    return [version.number for version in shelf.versions(layer)]


def test_the_newest_stay_and_so_do_this_deployment_the_one_before_and_what_is_used() -> None:
    shelf = shelf_of(10)
    shelf.use("send", arn(2), arn(7, "other"), modified=LONG_AGO)
    shelf.use("send:1", arn(1), modified=LONG_AGO)  # a published version
    assert prune(shelf, kept=3, spared={10, 4}).deleted == (7, 6, 5, 3)
    assert numbers(shelf) == [10, 9, 8, 4, 2, 1]
    assert numbers(shelf, "other") == [*range(10, 0, -1)]


def test_a_second_pruning_finds_nothing() -> None:
    shelf = shelf_of(10)
    assert prune(shelf, kept=3, spared={10}).deleted == (7, 6, 5, 4, 3, 2, 1)
    assert prune(shelf, kept=3, spared={10}) == Pruned()


def test_a_user_that_was_changed_lately_may_be_on_its_way_back() -> None:
    """Another stack has moved its function from 2 to 9, and may yet fail: 2 shows nowhere."""
    shelf = shelf_of(10)
    shelf.use("sweep", arn(9), modified=NOW - QUIET + timedelta(seconds=1))
    assert prune(shelf, kept=3, spared={10, 8}) == Pruned(waits_for="sweep")
    assert numbers(shelf) == [*range(10, 0, -1)]
    shelf.use("sweep", arn(9), modified=NOW - QUIET)
    assert prune(shelf, kept=3, spared={10, 8}).deleted


@pytest.mark.parametrize("version", ["$LATEST", "3"])
def test_the_resolver_is_not_waited_for_but_what_it_has_stays(version: str) -> None:
    """The stack that publishes has changed it a moment ago, in this deployment: it would be waited for forever."""
    shelf = shelf_of(10)
    resolver = "tallygate-dev-latest_layer"
    shelf.use(f"arn:aws:lambda:us-east-1:000000000000:function:{resolver}:{version}", arn(4), modified=NOW)
    pruning = Pruning(shelf, resolver=resolver, clock=lambda: NOW)
    assert pruning.prune("ours", kept=2, spared={10}).deleted == (8, 7, 6, 5, 3, 2, 1)
    another = f"arn:aws:lambda:us-east-1:000000000000:function:{resolver}2:{version}"
    shelf.use(another, arn(10), modified=NOW)
    shelf.publish("ours")
    assert pruning.prune("ours", kept=2, spared=set()) == Pruned(waits_for=another)


def test_whoever_does_not_use_the_layer_is_not_waited_for() -> None:
    shelf = shelf_of(5)
    shelf.use("theirs", arn(1, "other"), modified=NOW)
    assert prune(shelf, kept=2, spared={5}).deleted == (3, 2, 1)


def test_functions_are_not_listed_where_there_is_nothing_to_delete() -> None:
    class Unlistable(MemoryCatalogue):
        def users(self) -> None:  # type: ignore[override]
            raise AssertionError

    shelf = Unlistable()
    for _ in range(3):
        shelf.publish("ours")
    assert prune(shelf, kept=3, spared=set()) == Pruned()


@pytest.mark.parametrize("layer", ["ours", "none"])
def test_a_layer_without_old_versions_is_left_alone(layer: str) -> None:
    assert Pruning(MemoryCatalogue()).prune(layer, kept=2, spared=set()) == Pruned()


@given(
    count=st.integers(0, 15),
    kept=st.integers(2, 8),
    spared=st.sets(st.integers(1, 15), max_size=2),
    used=st.sets(st.integers(1, 15)),
    gone=st.sets(st.integers(1, 15)),
)
def test_never_one_that_is_used_or_of_the_deployments_nor_one_of_the_newest(
    count: int, kept: int, spared: set[int], used: set[int], gone: set[int]
) -> None:
    shelf = shelf_of(count)
    for number in gone:
        shelf.delete("ours", number)
    before = numbers(shelf)
    shelf.use("one", *[arn(number) for number in used if number % 2], modified=LONG_AGO)
    shelf.use("two", *[arn(number) for number in used if not number % 2], modified=LONG_AGO)
    deleted = prune(shelf, kept=kept, spared=spared).deleted
    stays = set(before[:kept]) | ((spared | used) & set(before))
    assert set(numbers(shelf)) == stays
    assert set(deleted) == set(before) - stays

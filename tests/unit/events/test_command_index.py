"""The command index against a plain dict of everything that ever happened."""

import json
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tallygate.deadline import Deadline
from tallygate.events import Commit, CorruptStream, MemoryCommitLog
from tallygate.events.command_index import CommandIndex, Ring
from tallygate.events.command_part import Digest, digest64
from tallygate.events.recorded import recorded
from tests.unit.events.others import NOW, STREAM, foreign, put

START = datetime(2026, 1, 1, tzinfo=UTC)
IDS = [f"c{n}" for n in range(60)]
DIGESTS: dict[str, Digest] = {"real": digest64, "colliding": len, "few": lambda id: digest64(id) % 5}


def at(version: int) -> datetime:
    return START + timedelta(minutes=version)


class IndexAndModel(RuleBasedStateMachine):
    """A stream, an index that may know a part of it, and every (id, version) there is."""

    @initialize(maximum=st.sampled_from([4, 8, 32, 100]), digest=st.sampled_from(sorted(DIGESTS)))
    def begin(self, maximum: int, digest: str) -> None:
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("tallygate.events.command_index.MAX_COMMANDS", maximum)
        self.maximum, self.digest = maximum, DIGESTS[digest]
        self.index = CommandIndex(digest=self.digest)
        self.commits: list[Commit] = []

    @rule(groups=st.lists(st.lists(st.sampled_from(IDS), unique=True, max_size=4), max_size=12))
    def add(self, groups: list[list[str]]) -> None:
        first = len(self.commits) + 1
        new = [foreign(first + n, *group, at=at(first + n)) for n, group in enumerate(groups)]
        self.commits.extend(new)
        self.index.add(new)

    @rule(commits=st.integers(1, 20))
    def read_back(self, commits: int) -> None:
        for _ in range(commits):
            below = self.index.floor
            if below == 0:
                return
            before = len(self.index)
            kept = self.index.add_older(self.commits[below - 1])
            assert self.index.floor == (below - 1 if kept else below)
            assert kept == (before + len(self.commits[below - 1].commands) <= self.maximum)
            if not kept:
                return

    @rule(max_bytes=st.integers(0, 80))
    def restart_from_a_ring(self, max_bytes: int) -> None:
        ring = self.index.newest(max_bytes)
        assert sum(map(len, ring.commands)) <= max_bytes
        assert self.index.floor <= ring.floor <= len(self.commits)
        self.check_complete(ring.floor, ring.oldest, {id: [version] for id, version in ring.commands.items()})
        assert all(id in self.commits[at - 1].commands and at > ring.floor for id, at in ring.commands.items())
        self.index = CommandIndex.restored(ring, digest=self.digest)

    @invariant()
    def every_id_above_the_floor_is_found(self) -> None:
        self.check_complete(self.index.floor, self.index.oldest, {id: self.index.candidates(id) for id in IDS})
        for since in {0, self.index.floor, len(self.commits)}:
            if self.index.covers(at(since)):
                assert all(commit.at < at(since) for commit in self.commits[: self.index.floor])

    @invariant()
    def only_colliding_ids_are_confused(self) -> None:
        if self.digest is digest64:
            for id in IDS:
                assert all(id in self.commits[version - 1].commands for version in self.index.candidates(id))

    @invariant()
    def it_stays_within_its_bound(self) -> None:
        assert len(self.index) <= self.maximum + 2 * (self.maximum // 8 + 4)

    def check_complete(self, floor: int, oldest: datetime | None, found: dict[str, list[int]]) -> None:
        newest = {id: commit.version for commit in self.commits for id in commit.commands if commit.version > floor}
        assert all(version in found.get(id, []) for id, version in newest.items())
        assert oldest is None or oldest >= at(floor + 1)

    def teardown(self) -> None:
        if hasattr(self, "patch"):
            self.patch.undo()


TestIndexAndModel = IndexAndModel.TestCase
TestIndexAndModel.settings = settings(
    max_examples=200, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def test_ids_of_one_digest_and_different_versions_are_both_found() -> None:
    index = CommandIndex(digest=lambda _: 7)
    index.add(foreign(n, f"c{n}") for n in range(1, 60_001))
    assert index.candidates("c1")[-1] == 1
    assert {1, 2, 3} <= set(index.candidates("another"))


@given(st.permutations(range(1, 6)))
def test_a_ring_that_came_back_in_another_order_is_the_same(order: list[int]) -> None:
    index = CommandIndex.restored(Ring(0, START, {f"c{n}": n for n in order}))
    assert index.newest(4) == Ring(3, None, {"c4": 4, "c5": 5})


def test_a_ring_has_many_ids_also_right_after_a_part_was_frozen() -> None:
    index = CommandIndex()
    for n in range(1, 110_000):
        index.add([foreign(n, f"c{n:06}", at=at(n))])
        if n % 25_001 < 3:
            assert len(index.newest(4096).commands) in {min(n, 585), n}
    ring = index.newest(10**9)
    assert ring.floor > 0
    assert ring.oldest == at(ring.floor + 1)
    assert len(ring.commands) == 109_999 - ring.floor
    assert json.loads(json.dumps(ring.commands)) == ring.commands


def test_many_ids_cost_sixteen_bytes_each_and_a_few_by_name_more() -> None:
    tracemalloc.start()
    try:
        index = CommandIndex()
        for n in range(1, 1001):
            index.add([foreign(n, *(f"{n:08}-{k:08}-4abc-8def-0123456789ab" for k in range(200)))])
        grown = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(index) == 200_000
    assert grown < 200_000 * 16 + 50_000 * 250  # all by name: 40 MB
    assert index.candidates(f"{1:08}-{7:08}-4abc-8def-0123456789ab") == [1]
    assert index.candidates(f"{1000:08}-{7:08}-4abc-8def-0123456789ab") == [1000]


def test_a_full_index_reads_back_without_forgetting_what_is_newer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallygate.events.command_index.MAX_COMMANDS", 100)
    log, index = MemoryCommitLog(), CommandIndex()
    for n in range(1, 401):
        commit = foreign(n, f"c{n}", at=NOW + timedelta(minutes=n))
        put(log, commit)
        index.add([commit])
    high = index.floor
    for n in (1, 1, 250, high):
        found = recorded(log, STREAM, index, f"c{n}", since=NOW, until=Deadline.after(5))
        assert found is not None
        assert found.version == n
    assert recorded(log, STREAM, index, "none", since=NOW, until=Deadline.after(5)) is None
    assert 300 - 20 <= index.floor <= high
    assert len(index) <= 100 + 13  # the bound is looked at when a part is full
    assert index.candidates("c400") == [400]


@pytest.mark.parametrize("missing", [1, 5])
def test_a_hole_below_the_floor_is_found_while_reading_back(missing: int) -> None:
    log = MemoryCommitLog()
    put(log, *(foreign(n, f"c{n}") for n in range(1, 10) if n != missing))
    index = CommandIndex.restored(Ring(8, None, {}))
    with pytest.raises(CorruptStream, match=f"no version {missing}"):
        recorded(log, STREAM, index, "none", since=NOW - timedelta(days=1), until=Deadline.after(5))

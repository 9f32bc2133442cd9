"""What the collector deletes, and what it never does."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallygate.deadline import Deadline
from tallygate.events import Commit, StoredEvent, StreamId, stream_id
from tallygate.events.overflow.collector import Collected, collect
from tallygate.events.overflow.key import overflow_key, parse_key
from tallygate.events.overflow.memory import MemoryBlobs

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
STREAM = stream_id("account", "1/2%")
VISIBLE = "".join(map(chr, range(0x21, 0x7F)))


def until() -> Deadline:
    return Deadline.after(10)


def a_commit(version: int, commit_id: str, stream: StreamId = STREAM) -> Commit:
    return Commit(stream, version, commit_id, (StoredEvent("Noted", 1, {}),), ("command-1",), NOW)


class Bench:
    """A table of commit ids, objects of yesterday, and a collector."""

    def __init__(self) -> None:
        self.blobs = MemoryBlobs(now=lambda: NOW)
        self.standing: dict[tuple[StreamId, int], str] = {}
        self.reads = 0

    def put_object(self, commit: Commit) -> str:
        self.blobs.put(overflow_key(commit), b"events", until())
        return overflow_key(commit)

    def land(self, commit: Commit) -> None:
        assert self.standing.setdefault((commit.stream, commit.version), commit.commit_id) == commit.commit_id

    def commit_id_at(self, stream: StreamId, version: int) -> str | None:
        self.reads += 1
        return self.standing.get((stream, version))

    def collect(self, *, after: timedelta = timedelta(days=2), delete: bool = True) -> Collected:
        return collect(self.commit_id_at, self.blobs, now=NOW + after, until=until(), delete=delete)

    def objects(self) -> set[str]:
        return {blob.key for blob in self.blobs.all(until())}


def test_the_object_of_a_lost_version_is_deleted_and_the_winners_kept() -> None:
    bench = Bench()
    winner, loser = a_commit(1, "winner"), a_commit(1, "loser")
    kept, lost = bench.put_object(winner), bench.put_object(loser)
    bench.land(winner)
    assert bench.collect() == Collected(kept=(kept,), deleted=(lost,))
    assert bench.objects() == {kept}


def test_the_winner_may_be_a_commit_that_needed_no_object() -> None:
    bench = Bench()
    lost = bench.put_object(a_commit(1, "loser"))
    bench.land(a_commit(1, "winner"))
    assert bench.collect() == Collected(deleted=(lost,))
    assert bench.objects() == set()


def test_a_slow_writer_finds_its_object_when_its_commit_lands_at_last() -> None:
    """The race: the object is put, the collector runs, days later the commit lands."""
    bench = Bench()
    slow = a_commit(1, "slow")
    key = bench.put_object(slow)
    assert bench.collect(after=timedelta(days=1000)) == Collected(undecided=(key,))
    bench.land(slow)
    assert bench.collect(after=timedelta(days=1001)) == Collected(kept=(key,))
    assert bench.objects() == {key}


def test_another_version_or_stream_decides_nothing() -> None:
    bench = Bench()
    key = bench.put_object(a_commit(2, "mine"))
    bench.land(a_commit(1, "others"))
    bench.land(a_commit(2, "others", stream_id("account", "1")))
    assert bench.collect() == Collected(undecided=(key,))


def test_without_delete_it_only_says() -> None:
    bench = Bench()
    lost = bench.put_object(a_commit(1, "loser"))
    bench.land(a_commit(1, "winner"))
    assert bench.collect(delete=False) == Collected(deleted=(lost,))
    assert bench.objects() == {lost}


def test_young_objects_are_not_even_read_about() -> None:
    bench = Bench()
    key = bench.put_object(a_commit(1, "loser"))
    bench.land(a_commit(1, "winner"))
    assert bench.collect(after=timedelta(hours=23)) == Collected(undecided=(key,))
    assert bench.reads == 0
    assert bench.collect(after=timedelta(hours=24)) == Collected(deleted=(key,))


FOREIGN = [
    "readme.txt",
    "account-1/1",
    "account-1/0/c",
    "account-1/01/c",
    "account-1/one/c",
    "account-1/1/c/d",
    "account-1/1/",
    "account-1%2f2/1/c",  # ours has capitals: `account-1%2F2/1/c`
    "account-é/1/c",
    "account-%C3/1/c",
]


@pytest.mark.parametrize("key", FOREIGN)
def test_what_is_not_ours_is_kept(key: str) -> None:
    bench = Bench()
    bench.blobs.put(key, b"theirs", until())
    bench.standing = {(StreamId("account-1"), 1): "another", (StreamId("account-1/2"), 1): "another"}
    assert bench.collect() == Collected(foreign=(key,))
    assert bench.objects() == {key}
    with pytest.raises(ValueError, match="is no key of an overflow object, expected stream/version/commit_id"):
        parse_key(key)


@given(
    st.text(VISIBLE, min_size=1, max_size=200), st.integers(1, 10**20 - 1), st.text(VISIBLE, min_size=1, max_size=36)
)
def test_a_key_says_which_commit_it_is_of(id: str, version: int, commit_id: str) -> None:
    commit = a_commit(version, commit_id, stream_id("account", id))
    key = overflow_key(commit)
    assert key.count("/") == 2
    assert parse_key(key) == (commit.stream, version, commit_id)


def test_the_longest_key_fits_into_s3_and_a_plain_one_is_readable() -> None:
    longest = a_commit(10**20 - 1, "01234567-89ab-cdef-0123-456789abcdef", stream_id("a", "/" * 254))
    assert len(overflow_key(longest).encode()) <= 1024
    assert overflow_key(a_commit(7, "c-1", stream_id("aircraft", "N14228"))) == "aircraft-N14228/7/c-1"
    assert overflow_key(a_commit(7, "c-1")) == f"{quote(STREAM, safe='')}/7/c-1" == "account-1%2F2%25/7/c-1"

"""Snapshots: when they are written, what they save, and that losing one is harmless."""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from tallygate.deadline import Deadline
from tallygate.events import Aggregate, Commit, EventStore, MemoryCommitLog, StreamId
from tallygate.events.log import FirstLook
from tallygate.events.snapshot import Snapshot
from tests.accounts import ACCOUNT, Deposited, deposit, evolve
from tests.unit.events.others import NOW, STREAM, foreign, put

UNTIL = Deadline.after(3600)


class CountingLog(MemoryCommitLog):
    """Counts what is read and written."""

    def __init__(self) -> None:
        super().__init__()
        self.commits_read = 0
        self.round_trips = 0
        self.snapshot_bytes = 0

    def read(self, stream: StreamId, *, after: int, until: Deadline):  # type: ignore[no-untyped-def]  # noqa: ANN201
        self.round_trips += 1
        for commit in super().read(stream, after=after, until=until):
            self.commits_read += 1
            yield commit

    def first_look(self, stream: StreamId, until: Deadline) -> FirstLook:
        self.round_trips += 1
        look = super().first_look(stream, until)
        self.commits_read += len(look.commits)
        return look

    def put_snapshot(self, snapshot: Snapshot, until: Deadline) -> bool:
        stands = super().put_snapshot(snapshot, until)
        self.snapshot_bytes += len(snapshot.state)
        return stands


@pytest.fixture
def log() -> CountingLog:
    return CountingLog()


@pytest.fixture
def store(log: CountingLog) -> EventStore:
    return EventStore(log)


def fill(store: EventStore, count: int, aggregate: Aggregate[Any] = ACCOUNT, prefix: str = "c") -> None:
    for n in range(count):
        store.execute(aggregate, "1", lambda _: [Deposited(1)], command_id=f"{prefix}{n}", since=NOW)
    assert store.settle()


def standing(log: CountingLog) -> Snapshot | None:
    return MemoryCommitLog.first_look(log, STREAM, UNTIL).snapshot


def test_a_snapshot_is_written_when_the_tail_has_outgrown_it_and_the_next_process_starts_from_it(
    store: EventStore, log: CountingLog
) -> None:
    fill(store, 20)
    assert standing(log) is None
    fill(store, 180, prefix="d")
    snapshot = standing(log)
    assert snapshot is not None
    assert 100 < snapshot.version <= 200
    log.commits_read = log.round_trips = 0
    loaded = EventStore(log).load(ACCOUNT, "1")
    assert (loaded.version, loaded.state) == (200, 200)
    assert log.round_trips == 2
    assert log.commits_read < 32 + 100


def test_a_warm_load_reads_only_what_is_new(store: EventStore, log: CountingLog) -> None:
    fill(store, 50)
    log.commits_read = log.round_trips = 0
    put(log, foreign(51))
    assert store.load(ACCOUNT, "1").state == 150
    assert (log.round_trips, log.commits_read) == (1, 1)


def test_a_short_stream_is_one_round_trip(store: EventStore, log: CountingLog) -> None:
    fill(store, 31)
    log.round_trips = 0
    assert EventStore(log).load(ACCOUNT, "1").state == 31
    assert log.round_trips == 1


def test_a_command_is_found_across_a_snapshot_in_its_ring_and_before_it(store: EventStore, log: CountingLog) -> None:
    fill(store, 500)
    assert standing(log) is not None
    for id in ("c499", "c450", "c0"):
        executed = EventStore(log).execute(ACCOUNT, "1", deposit, command_id=id, since=NOW)
        assert executed.repeated, id
        assert executed.commit is not None
        assert executed.commit.commands == (id,)
    assert EventStore(log).load(ACCOUNT, "1").version == 500


def test_the_ring_is_bounded(store: EventStore, log: CountingLog) -> None:
    for part in "abcd":  # the snapshot of each is written before the next begins
        fill(store, 250, prefix=part * 36)
    snapshot = standing(log)
    assert snapshot is not None
    assert snapshot.size < 16 * 1024
    assert snapshot.ring.floor > 0


@dataclass(frozen=True)
class Ledger:
    """A state that grows with every event."""

    lines: tuple[str, ...] = ()


def note(ledger: Ledger, event: Deposited) -> Ledger:
    return Ledger((*ledger.lines, f"{event.amount:>100}"))


LEDGER = Aggregate(category="account", initial=Ledger(), evolve=note, events=(Deposited,))


def test_snapshots_of_a_growing_state_cost_no_more_than_the_commits(store: EventStore, log: CountingLog) -> None:
    for n in range(1500):
        store.execute(LEDGER, "1", lambda _: [Deposited(1)], command_id=f"c{n}", since=NOW)
    assert store.settle()
    commit_bytes = sum(commit.size for commit in MemoryCommitLog.read(log, STREAM, after=0, until=UNTIL))
    assert standing(log) is not None
    assert 0 < log.snapshot_bytes <= commit_bytes


def test_a_snapshot_of_an_older_fold_is_not_used_and_a_newer_fold_replaces_it(
    store: EventStore, log: CountingLog
) -> None:
    fill(store, 200)
    double = replace(ACCOUNT, evolve=lambda balance, event: evolve(balance, event) + 1, fold=2)
    newer = EventStore(log)
    assert newer.load(double, "1").state == 400
    assert newer.settle()
    snapshot = standing(log)
    assert snapshot is not None
    assert (snapshot.fold, snapshot.version) == (2, 200)
    fill(EventStore(log), 100, prefix="older")  # the old code goes on meanwhile: its snapshots lose
    snapshot = standing(log)
    assert snapshot is not None
    assert snapshot.fold == 2
    assert EventStore(log).load(double, "1").state == 600
    assert EventStore(log).load(ACCOUNT, "1").state == 300


@pytest.mark.parametrize("state", [b"", b"not json", b'"text"', b"\xff"])
def test_a_corrupt_snapshot_is_as_good_as_none(store: EventStore, log: CountingLog, state: bytes) -> None:
    fill(store, 200)
    snapshot = standing(log)
    assert snapshot is not None
    log._snapshots[STREAM] = structs.replace(snapshot, state=state)
    assert EventStore(log).load(ACCOUNT, "1").state == 200


def test_a_lost_snapshot_is_harmless(store: EventStore, log: CountingLog) -> None:
    fill(store, 200)
    log._snapshots.clear()
    other = EventStore(log)
    assert other.load(ACCOUNT, "1").state == 200
    assert other.settle()
    assert standing(log) is not None  # who had to read the long tail writes the next one


def test_a_snapshot_that_does_not_fit_is_skipped(log: CountingLog) -> None:
    store = EventStore(log)
    wide = replace(LEDGER, evolve=lambda _, event: Ledger((str(event.amount) * 500_000,)))
    fill(store, 200, wide)
    assert standing(log) is None
    assert EventStore(log).load(wide, "1").version == 200


NO_PAIRS: tuple[tuple[int, int], ...] = ()
PAIRS = Aggregate(
    category="account",
    initial=NO_PAIRS,
    evolve=lambda pairs, event: (*pairs[-2:], (event.amount, event.amount)),
    events=(Deposited,),
)


def test_a_state_that_would_not_be_read_back_equal_is_never_kept(
    store: EventStore, log: CountingLog, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        fill(store, 300, PAIRS)
    assert standing(log) is None
    assert [record for record in caplog.records if "Give the aggregate `state`" in record.message] == caplog.records
    assert len(caplog.records) == 1
    typed = replace(PAIRS, state=tuple[tuple[int, int], ...])
    fill(EventStore(log), 1, typed, prefix="typed")
    assert standing(log) is not None
    assert EventStore(log).load(typed, "1").state == ((1, 1),) * 3


def test_an_aggregate_may_go_without(store: EventStore, log: CountingLog) -> None:
    fill(store, 200, replace(ACCOUNT, snapshots=False))
    assert standing(log) is None


def test_a_failing_snapshot_disturbs_nobody(
    store: EventStore, log: CountingLog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def forbidden(snapshot: Snapshot, until: Deadline) -> bool:
        raise PermissionError("AccessDenied")

    monkeypatch.setattr(log, "put_snapshot", forbidden)
    fill(store, 200)
    assert store.load(ACCOUNT, "1").state == 200
    assert "was not written: AccessDenied" in caplog.text


def test_a_command_older_than_the_ring_and_not_stored_is_looked_for_and_then_carried_out(
    store: EventStore, log: CountingLog
) -> None:
    fill(store, 600)
    executed = EventStore(log).execute(ACCOUNT, "1", deposit, command_id="new", since=NOW - timedelta(hours=1))
    assert (executed.repeated, executed.state) == (False, 601)


def test_the_newer_snapshot_stands(log: CountingLog) -> None:
    commit: Commit = foreign(1)
    put(log, commit)
    fill(EventStore(log), 200)
    snapshot = standing(log)
    assert snapshot is not None
    assert not log.put_snapshot(structs.replace(snapshot, version=snapshot.version - 1), UNTIL)
    assert not log.put_snapshot(snapshot, UNTIL)
    assert log.put_snapshot(structs.replace(snapshot, version=1, fold=2), UNTIL)

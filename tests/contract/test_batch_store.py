"""What every batch store promises."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from tallygate.batch.records import (
    Cancellation,
    ChunkRecord,
    Failure,
    Manifest,
    Outcome,
    Progress,
    Report,
    Source,
    Status,
)
from tallygate.batch.store import BatchStore
from tallygate.batch.work.bitmap import Bitmap
from tallygate.batch.work.handover import Handover
from tests.contract.conftest import JUDGES_OF_A_RACE

NOW = datetime(2026, 11, 21, 12, 0, 0, 5000, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MANIFEST = Manifest(
    batch="b1",
    generation=0,
    items=2499,
    chunk_size=500,
    chunks=5,
    shards=3,
    columns=("id", "tailnum"),
    source=Source(bucket="in", key="manifest.csv", version="v1"),
    index=Source(bucket="ours", key="index.json", version="v2"),
    since=NOW - SECOND,
    started=NOW,
    deadline=NOW + timedelta(hours=1),
    parameters={"worker": "logbook", "chunk_size": 500, "deadline_minutes": 0.5},
    planned_by="execution-7",
)


def done(i: int, attempt: str, **changes: object) -> ChunkRecord:
    record = ChunkRecord(i=i, outcome=Outcome.DONE, attempt=attempt, ok=500, at=NOW)
    return replace(record, **changes)


def test_the_first_manifest_stands(batch_store: BatchStore) -> None:
    assert batch_store.manifest("b1", 0) is None
    assert batch_store.put_manifest(MANIFEST) == MANIFEST
    assert batch_store.put_manifest(replace(MANIFEST, items=1)) == MANIFEST
    assert batch_store.manifest("b1", 0) == MANIFEST
    assert batch_store.manifest("b1", 1) is None


def test_chunk_records_are_read_back_equal(batch_store: BatchStore) -> None:
    failures = (Failure("a/1", "ValueError: Zürich"), Failure("a/2", "KeyError: 'x'", 499))
    records = [
        done(0, "x", ok=498, failed=2, failures=failures),
        done(4, "y", failures_key="batches/b1/g0/failures.json"),
        ChunkRecord(i=1, outcome=Outcome.ABANDONED, attempt="gatekeeper/z", abandoned=500, at=NOW),
    ]
    for record in records:
        assert batch_store.put_chunk(MANIFEST, record) == record
        assert batch_store.chunk(MANIFEST, record.i) == record
    assert batch_store.chunk(MANIFEST, 2) is None
    for consistent in (True, False):
        found = sorted(batch_store.chunks(MANIFEST, consistent=consistent), key=lambda record: record.i)
        assert found == [records[0], records[2], records[1]]


def test_generations_and_batches_are_apart(batch_store: BatchStore) -> None:
    batch_store.put_chunk(MANIFEST, done(0, "x"))
    assert batch_store.chunk(replace(MANIFEST, generation=1), 0) is None
    assert list(batch_store.chunks(replace(MANIFEST, batch="b2"))) == []
    assert list(batch_store.chunks(replace(MANIFEST, generation=1))) == []


def test_chunk_1_is_not_chunk_10(batch_store: BatchStore) -> None:
    many = replace(MANIFEST, chunks=12, shards=1, items=6000)
    for i in (1, 10, 11):
        batch_store.put_chunk(many, done(i, "x"))
    assert sorted(record.i for record in batch_store.chunks(many)) == [1, 10, 11]


def test_of_done_and_abandoned_the_first_stands(batch_store: BatchStore) -> None:
    late = done(0, "worker")
    abandoned = ChunkRecord(i=0, outcome=Outcome.ABANDONED, attempt="gatekeeper", abandoned=500, at=NOW)
    assert batch_store.put_chunk(MANIFEST, abandoned) == abandoned
    assert batch_store.put_chunk(MANIFEST, late) == abandoned
    assert batch_store.put_chunk(MANIFEST, abandoned) == abandoned
    assert list(batch_store.chunks(MANIFEST)) == [abandoned]


@pytest.mark.parametrize("batch_store", JUDGES_OF_A_RACE, indirect=True)
def test_of_many_attempts_at_once_exactly_one_record_stands(batch_store: BatchStore) -> None:
    with ThreadPoolExecutor(16) as pool:
        standing = list(pool.map(lambda n: batch_store.put_chunk(MANIFEST, done(2, f"attempt-{n}")), range(16)))
    assert len({record.attempt for record in standing}) == 1


def test_a_lease_keeps_others_off_until_it_lapses(batch_store: BatchStore) -> None:
    first = batch_store.take_lease(MANIFEST, 1, attempt="a", now=NOW, until=NOW + 30 * SECOND)
    assert first == Progress(i=1)
    again = NOW + 29 * SECOND
    assert batch_store.take_lease(MANIFEST, 1, attempt="b", now=again, until=again + 30 * SECOND) is None
    assert batch_store.take_lease(MANIFEST, 1, attempt="a", now=again, until=again + SECOND) is not None
    lapsed = NOW + 31 * SECOND
    taken = batch_store.take_lease(MANIFEST, 1, attempt="b", now=lapsed, until=lapsed + 30 * SECOND)
    assert taken is not None
    assert (taken.attempt, taken.attempts, taken.lease_until) == ("a", 2, again + SECOND)
    (held,) = batch_store.progress(MANIFEST)
    assert (held.attempt, held.attempts, held.lease_until) == ("b", 3, lapsed + 30 * SECOND)


def test_the_next_attempt_resumes_from_the_checkpoint(batch_store: BatchStore) -> None:
    batch_store.take_lease(MANIFEST, 1, attempt="a", now=NOW, until=NOW + SECOND)
    bits = Bitmap.of([0, 7, 8, 499])
    assert batch_store.checkpoint(MANIFEST, 1, attempt="a", handover=Handover(done=bits), until=NOW + 2 * SECOND)
    later = NOW + 3 * SECOND
    resumed = batch_store.take_lease(MANIFEST, 1, attempt="b", now=later, until=later + SECOND)
    assert resumed is not None
    assert resumed.done == bits
    assert not batch_store.checkpoint(MANIFEST, 1, attempt="a", handover=Handover(), until=later)
    (held,) = batch_store.progress(MANIFEST)
    assert (held.i, held.attempt, held.done) == (1, "b", bits)


HANDOVERS = [
    Handover(),
    Handover(
        done=Bitmap.of([0, 499]),
        failed={"ValueError: Zürich": Bitmap.of([3, 4]), "KeyError: 'x'": Bitmap.of([9999])},
        in_flight=(17, 18, 9998),
        kills={17: 2, 9998: 1},
        overruns={5: 3},
        deaths=4,
    ),
]


def test_what_an_attempt_leaves_is_read_back_equal_and_replaced_as_a_whole(batch_store: BatchStore) -> None:
    batch_store.take_lease(MANIFEST, 1, attempt="a", now=NOW, until=NOW + SECOND)
    for handover in (*HANDOVERS, *HANDOVERS):
        assert batch_store.checkpoint(MANIFEST, 1, attempt="a", handover=handover, until=NOW + SECOND)
        (held,) = batch_store.progress(MANIFEST)
        assert held == Progress(i=1, attempt="a", attempts=1, lease_until=NOW + SECOND, handover=handover)
    taken = batch_store.take_lease(MANIFEST, 1, attempt="b", now=NOW + 2 * SECOND, until=NOW + 9 * SECOND)
    assert taken is not None
    assert taken.handover == HANDOVERS[1]
    (held,) = batch_store.progress(MANIFEST)
    assert (held.attempt, held.handover) == ("b", HANDOVERS[1])


def test_a_lease_given_back_is_nobodys_and_its_chunk_may_be_dispatched_at_once(batch_store: BatchStore) -> None:
    batch_store.take_lease(MANIFEST, 1, attempt="a", now=NOW, until=NOW + 30 * SECOND)
    for _ in range(2):  # also where the first answer was lost
        assert batch_store.checkpoint(MANIFEST, 1, attempt="a", handover=HANDOVERS[1], until=None)
    assert batch_store.take_dispatch(MANIFEST, 1, now=NOW, next_at=NOW + SECOND)
    left = batch_store.take_lease(MANIFEST, 1, attempt="b", now=NOW, until=NOW + 30 * SECOND)
    assert left is not None
    assert (left.attempt, left.lease_until, left.handover) == ("a", None, HANDOVERS[1])


def test_a_chunk_that_is_worked_on_is_not_dispatched_again(batch_store: BatchStore) -> None:
    batch_store.take_lease(MANIFEST, 1, attempt="a", now=NOW, until=NOW + 10 * SECOND)
    assert not batch_store.take_dispatch(MANIFEST, 1, now=NOW + SECOND, next_at=NOW + 20 * SECOND)
    assert batch_store.take_dispatch(MANIFEST, 1, now=NOW + 11 * SECOND, next_at=NOW + 20 * SECOND)


def test_one_of_two_gatekeepers_dispatches_a_chunk(batch_store: BatchStore) -> None:
    """Also one that nobody has begun, and again only when its time has come."""
    assert batch_store.take_dispatch(MANIFEST, 3, now=NOW, next_at=NOW + 5 * SECOND)
    assert not batch_store.take_dispatch(MANIFEST, 3, now=NOW, next_at=NOW + 5 * SECOND)
    assert batch_store.take_dispatch(MANIFEST, 3, now=NOW + 6 * SECOND, next_at=NOW + 16 * SECOND)
    (held,) = batch_store.progress(MANIFEST)
    assert (held.dispatches, held.attempts, held.next_at) == (2, 0, NOW + 16 * SECOND)


def test_the_first_report_stands(batch_store: BatchStore) -> None:
    report = Report(
        batch="b1",
        generation=0,
        items=3,
        ok=1,
        failed=1,
        abandoned=1,
        status=Status.CANCELLED,
        batch_items=9,
        batch_ok=7,
        remaining=Source(bucket="ours", key="remaining.csv", version="v3"),
        failures_key="errors.jsonl",
        at=NOW,
    )
    assert batch_store.report(MANIFEST) is None
    assert batch_store.put_report(MANIFEST, report) == report
    assert batch_store.put_report(MANIFEST, replace(report, ok=3)) == report
    assert batch_store.report(MANIFEST) == report


def test_the_first_cancellation_stands(batch_store: BatchStore) -> None:
    assert batch_store.cancellation(MANIFEST) is None
    first = Cancellation("execution-7", NOW)
    assert batch_store.put_cancellation(MANIFEST, first) == first
    assert batch_store.put_cancellation(MANIFEST, Cancellation("execution-8", NOW + SECOND)) == first
    assert batch_store.cancellation(MANIFEST) == first
    assert batch_store.cancellation(replace(MANIFEST, generation=1)) is None


@pytest.mark.parametrize("numbers", [[], [0], [63, 64], range(10_000)])
def test_bitmaps_survive(batch_store: BatchStore, numbers: list[int]) -> None:
    bits = Bitmap.of(numbers)
    batch_store.take_lease(MANIFEST, 0, attempt="a", now=NOW, until=NOW)
    batch_store.checkpoint(MANIFEST, 0, attempt="a", handover=Handover(done=bits), until=NOW)
    assert [held.done for held in batch_store.progress(MANIFEST)] == [bits]
    assert [number for number in range(10_001) if number in bits] == list(numbers)

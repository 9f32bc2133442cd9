"""One attempt with its threads: what becomes of items that raise, hang, wait or exit, and what an attempt tells."""

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tallygate.batch import Context, Item, Worker
from tallygate.batch.chunk import Chunk
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.errors import InvariantBroken, UnknownBatch
from tallygate.batch.plan.manifest_lines import LineReader
from tallygate.batch.records import ChunkRecord, Failure, Progress
from tallygate.batch.work.attempt import Attempt, Ended, Usage
from tallygate.batch.work.bitmap import Bitmap
from tallygate.batch.work.chunk_items import ChunkItems
from tallygate.batch.work.failure_list import MAX_POLL_BYTES, room
from tallygate.batch.work.handover import TOO_LONG, Handover
from tallygate.errors import InvalidInput, TransientError, Unavailable
from tests.unit.batch.batches import START, Bench, nothing


def planned(process: Callable[[Item, Context], None], items: int, *, slots: int = 4, **worker: Any) -> Bench:
    """One chunk."""
    bench = Bench(process)
    bench.workers = (Worker(name="test", process=process, **worker),)
    bench.upload(*range(items))
    bench.plan({"chunk_size": items, "item_concurrency": slots})
    return bench


def attempt(bench: Bench, seconds: float = 240) -> Attempt:
    """In a new process; with few seconds the attempt is out of time at once, else as soon as nothing moves."""
    left = iter([seconds])
    (task,) = bench.tasks()
    return bench.worker().run(task, lambda: next(left, 5.0 if seconds < 240 else seconds)).attempt


def the_record(bench: Bench) -> ChunkRecord:
    (record,) = bench.records.chunks(bench.manifest())
    return record


def progress(bench: Bench) -> Progress:
    (held,) = bench.records.progress(bench.manifest())
    return held


def test_items_that_hang_fail_after_three_attempts_and_the_others_get_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallygate.batch.work.chunk_attempt.GRACE_SECONDS", 0.02)
    ran: Counter[str] = Counter()
    hang = threading.Event()

    def process(item: Item, _context: Context) -> None:
        ran[item.id] += 1
        if item.id in "25":
            hang.wait(20)

    bench = planned(process, items=8, slots=8)
    for n in (1, 2, 3):
        assert attempt(bench, seconds=11) is Attempt.CHECKPOINTED
        assert progress(bench).handover == Handover(done=Bitmap.of([0, 1, 3, 4, 6, 7]), overruns={2: n, 5: n})
    assert bench.left == ["left"] * 3  # a process that has threads left ends itself
    assert attempt(bench) is Attempt.WON
    assert the_record(bench).failures == (Failure("2", TOO_LONG, 2), Failure("5", TOO_LONG, 5))
    assert ran == {str(n): 1 for n in range(8)} | {"2": 3, "5": 3}
    hang.set()


def test_an_item_that_began_late_is_not_blamed_for_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallygate.batch.work.chunk_attempt.GRACE_SECONDS", 0.02)
    hang = threading.Event()

    def process(item: Item, _context: Context) -> None:
        hang.wait(0.1 if item.id == "0" else 20)

    bench = planned(process, items=2, slots=1)
    assert attempt(bench, seconds=10.2) is Attempt.CHECKPOINTED
    assert progress(bench).handover == Handover(done=Bitmap.of([0]))
    hang.set()


@pytest.mark.parametrize(
    ("leave", "error"),
    [
        (lambda: sys.exit(3), "SystemExit: 3"),
        (lambda: _raise(KeyboardInterrupt()), "KeyboardInterrupt: "),
        (lambda: _raise(Unspeakable()), "Unspeakable"),
        (lambda: _raise(ValueError("half \ud800 a pair")), "ValueError: half ? a pair"),
    ],
)
def test_whatever_an_item_raises_it_has_failed_and_the_worker_lives(leave: Callable[[], None], error: str) -> None:
    bench = planned(lambda item, _: leave() if item.id == "1" else None, items=3, slots=1)
    assert attempt(bench) is Attempt.WON
    assert the_record(bench).failures == (Failure("1", error, 1),)


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


class Busy(Exception):
    """The user's own."""


def _raise(exc: BaseException) -> None:
    raise exc


def test_a_workers_own_errors_are_tried_again() -> None:
    tries: Counter[str] = Counter()

    def process(item: Item, _context: Context) -> None:
        tries[item.id] += 1
        if tries[item.id] < 3:
            raise Busy

    bench = planned(process, items=2, retry=(Busy, KeyError))
    assert attempt(bench) is Attempt.WON
    assert (the_record(bench).ok, set(tries.values())) == (2, {3})


def test_items_that_are_tried_again_and_again_make_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallygate.batch.work.item_run._CAP_SECONDS", 0.01)
    done: set[str] = set()

    def process(item: Item, _context: Context) -> None:
        if int(item.id) < 4 and len(done) < 16:
            raise TransientError("until all others are done")
        done.add(item.id)

    bench = planned(process, items=20, slots=2)
    assert attempt(bench) is Attempt.WON
    assert the_record(bench).ok == 20


def test_the_lease_is_renewed_also_while_items_are_only_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds of tries that are shorter than a third of the lease."""
    monkeypatch.setattr("tallygate.batch.work.item_run._CAP_SECONDS", 0.001)
    bench: Bench
    untils: set[Any] = set()

    def process(_item: Item, _context: Context) -> None:
        bench.clock.sleep(1)
        untils.update(held.lease_until for held in bench.records.progress(bench.manifest()))
        if bench.clock() < START + timedelta(seconds=60):
            raise Busy

    bench = planned(process, items=1, retry=(Busy,))
    assert attempt(bench) is Attempt.WON
    assert len(untils) >= 4


def test_a_long_list_of_failures_goes_to_s3_with_the_numbers() -> None:
    def process(item: Item, _context: Context) -> None:
        if int(item.id) % 2:
            raise ValueError("x" * 200)

    bench = planned(process, items=1000)
    assert attempt(bench) is Attempt.WON
    record = the_record(bench)
    assert (record.failed, record.failures) == (500, ())
    listed = json.loads(bench.objects._versions[bench.objects._bucket, record.failures_key][0])
    assert len(listed) == 500
    assert listed[1] == {"number": 3, "id": "3", "error": ("ValueError: " + "x" * 200)[:200]}


def test_all_lists_together_are_a_cheap_read() -> None:
    assert (room(1), room(204), room(2048), room(200_000)) == (100 * 1024, 100 * 1024, 10 * 1024, 104)
    assert all(room(chunks) * chunks <= MAX_POLL_BYTES for chunks in (205, 10_000, 3_000_000))


def test_a_record_that_appears_meanwhile_ends_the_attempt() -> None:
    bench: Bench
    began = threading.Event()
    ran: Counter[str] = Counter()

    def process(item: Item, _context: Context) -> None:
        ran[item.id] += 1
        if item.id == "0":
            bench.gatekeeper().check("b1", 0, force=True)  # as past the deadline, or cancelled
        began.wait(0.05)

    bench = planned(process, items=200, slots=2)
    (task,) = bench.tasks()
    assert bench.worker(lease_seconds=0.3).run(task, lambda: 240).attempt is Attempt.LOST
    assert len(ran) < 20
    assert (the_record(bench).abandoned, bench.left) == (200, [])


def test_a_manifest_that_cannot_be_read_gives_the_lease_back(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = planned(nothing, items=2)

    def unanswered(*_args: object) -> bytes:
        raise Unavailable("no answer")

    (task,) = bench.tasks()
    monkeypatch.setattr(bench.objects, "read", unanswered)
    with pytest.raises(Unavailable):
        bench.worker().run(task, lambda: 240)
    assert progress(bench).lease_until is None
    monkeypatch.undo()
    assert attempt(bench) is Attempt.WON


def test_a_record_that_cannot_be_written_gives_the_lease_back_with_what_was_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = planned(nothing, items=3)

    def unanswered(*_args: object) -> ChunkRecord:
        raise Unavailable("no answer")

    monkeypatch.setattr(bench.records, "put_chunk", unanswered)
    with pytest.raises(Unavailable):
        attempt(bench)
    held = progress(bench)
    assert (held.lease_until, len(held.done), held.handover.careful) == (None, 3, False)


def test_a_worker_that_this_process_does_not_have() -> None:
    bench = planned(nothing, items=2)
    bench.workers = (Worker(name="other", process=nothing),)
    with pytest.raises(UnknownBatch, match="'b1' is for worker 'test', and this process has other"):
        attempt(bench)
    assert progress(bench).lease_until is None


def test_bytes_that_are_not_what_was_planned_are_refused() -> None:
    reader = LineReader(worker=Worker(name="test", process=nothing), columns=("id",))
    chunk = Chunk(i=3, start=0, end=5, line=2, items=3)
    with pytest.raises(InvariantBroken, match="chunk 3 has 3 items and its bytes 0 to 5 hold 2 lines"):
        ChunkItems(b"1\n22\n", chunk, reader)
    for content in (b"1\n22\n333\n", b"1\n22\n333", b"1\r\n22\r\n333"):
        items = ChunkItems(content, chunk, reader)
        assert [(items[n].id, items[n].line) for n in range(len(items))] == [("1", 2), ("22", 3), ("333", 4)]


def test_an_item_that_can_no_longer_be_made_has_failed() -> None:
    """The worker's code was deployed anew in mid-batch, and its ids are made otherwise."""
    bench = planned(nothing, items=2)
    bench.workers = (Worker(name="test", process=nothing, item_id=lambda data: data["no"]),)
    assert attempt(bench) is Attempt.WON
    assert [(one.id, one.number) for one in the_record(bench).failures] == [("line 2", 0), ("line 3", 1)]


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"name": ""}, "a worker's name is '', expected text"),
        ({"name": None}, "a worker's name is None, expected text"),
        ({"process": "work"}, r"process of worker 'w' can't be called: give a function of \(item, context\)"),
        ({"item_id": "id"}, r"item_id of worker 'w' can't be called: give a function of \(data\)"),
        ({"columns": "id"}, "columns of worker 'w' is 'id', expected a tuple of names"),
        ({"columns": ("id", 1)}, "columns of worker 'w'"),
        ({"retry": ValueError}, "retry of worker 'w' is .* expected a tuple of exception classes"),
        ({"retry": (ValueError("x"),)}, "retry of worker 'w'"),
        ({"retry": (KeyboardInterrupt,)}, "retry of worker 'w'"),
    ],
)
def test_a_worker_that_is_none(part: dict[str, Any], words: str) -> None:
    parts: dict[str, Any] = {"name": "w", "process": nothing} | part
    with pytest.raises(InvalidInput, match=words):
        Worker(**parts)


def test_an_attempt_tells_how_long_chunk_and_items_waited_and_what_slots_were_in_use() -> None:
    def process(_item: Item, _context: Context) -> None:
        threading.Event().wait(0.05)

    bench = planned(process, items=8, slots=2)
    bench.clock.sleep(7)
    (task,) = bench.tasks()
    ended = bench.worker().run(task, lambda: 240)
    assert ended.usage is not None
    assert (ended.attempt, ended.careful, ended.chunk_waited) == (Attempt.WON, False, 7)
    assert (ended.usage.slots, ended.usage.items) == (2, 8)
    assert 1.5 < ended.usage.slots_in_use <= 2
    assert 0.15 <= ended.usage.waited_most < 0.4
    sent = ChunkTask.from_json(replace(task, sent=START + timedelta(seconds=5)).to_json())
    assert sent.sent == START + timedelta(seconds=5)
    bench = planned(process, items=8)
    bench.clock.sleep(7)
    assert bench.worker().run(sent, lambda: 240).chunk_waited == 2


def test_the_figures_of_an_attempt_are_cloudwatchs() -> None:
    usage = Usage(slots=20, items=500, seconds=10, item_seconds=150, waited_seconds=2000, waited_most=9)
    ended = Ended(attempt=Attempt.WON, chunk_waited=3, ok=490, failed=10, usage=usage)
    assert {metric.name: (metric.value, metric.unit) for metric in ended.metrics()} == {
        "ChunksWon": (1, "Count"),
        "ChunksLost": (0, "Count"),
        "ItemsOk": (490, "Count"),
        "ItemsFailed": (10, "Count"),
        "CarefulAttempts": (0, "Count"),
        "ChunkWaitSeconds": (3, "Seconds"),
        "ItemWaitSeconds": (4, "Seconds"),
        "ItemWaitSecondsMost": (9, "Seconds"),
        "ItemSlots": (20, "Count"),
        "ItemSlotsInUse": (15, "Count"),
        "ItemsPerSecond": (50, "Count/Second"),
    }
    assert [metric.name for metric in Ended(attempt=Attempt.LATE).metrics()] == [
        "ChunksWon",
        "ChunksLost",
        "ItemsOk",
        "ItemsFailed",
        "CarefulAttempts",
    ]

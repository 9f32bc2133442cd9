"""Work, gatekeeper, force and report on the in-memory twins: what must be exact is exact whatever happens."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tallygate.batch import Context, Item
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.errors import (
    BadInput,
    DeadlinePassed,
    ForceIncomplete,
    InvariantBroken,
    NotReadyError,
    UnknownBatch,
)
from tallygate.batch.memory import MemoryBatchStore
from tallygate.batch.poll import Poll
from tallygate.batch.records import Outcome
from tallygate.batch.work.attempt import Attempt
from tallygate.errors import TransientError, Unavailable
from tests.accounts import ACCOUNT, deposit
from tests.unit.batch.batches import Bench

PASSED = Poll(chunks=3, recorded=3)


def planned(process: Callable[[Item, Context], None] | None = None, items: int = 10, chunk_size: int = 4) -> Bench:
    bench = Bench(process) if process else Bench()
    bench.upload(*range(items))
    bench.plan({"chunk_size": chunk_size, "item_concurrency": 4})
    return bench


def totals(bench: Bench) -> tuple[int, int, int]:
    report = bench.reporter().report("b1", 0)
    return report["ok"], report["failed"], report["abandoned"]


def test_a_batch_whose_chunks_are_all_done_is_complete() -> None:
    seen: Counter[str] = Counter()
    bench = planned(lambda item, _: seen.update([item.id]))
    assert [bench.work(task) for task in bench.tasks()] == [Attempt.WON] * 3
    assert bench.gatekeeper().check("b1", 0) == PASSED
    report = bench.reporter().report("b1", 0)
    assert report | {"reported": ""} == {
        "batch": "b1",
        "generation": 0,
        "status": "complete",
        "batch_items": 10,
        "batch_ok": 10,
        "remaining": None,
        "errors": None,
        "items": 10,
        "ok": 10,
        "failed": 0,
        "abandoned": 0,
        "on_incomplete": "partial",
        "reported": "",
    }
    assert seen == {str(n): 1 for n in range(10)}


def test_a_chunk_that_is_delivered_twice_counts_once() -> None:
    bench = planned()
    assert [bench.work(task) for task in [*bench.tasks(), *bench.tasks()]] == [Attempt.WON] * 3 + [Attempt.RECORDED] * 3
    assert totals(bench) == (10, 0, 0)


def test_two_attempts_at_once_one_record_stands_and_every_command_counts_once() -> None:
    """The second takes the lease while the first is taken for dead, and both finish."""
    begun, go = threading.Event(), threading.Event()

    def process(_item: Item, context: Context) -> None:
        context.execute(ACCOUNT, "1", deposit)
        if not begun.is_set():
            begun.set()
            go.wait(10)

    bench = planned(process, items=4)
    (task,) = bench.tasks()
    ended: list[Attempt] = []
    first = threading.Thread(target=lambda: ended.append(bench.work(task)))
    first.start()
    begun.wait(10)
    bench.clock.sleep(31)
    assert bench.work(task) is Attempt.WON
    go.set()
    first.join(10)
    assert ended == [Attempt.LOST]
    assert totals(bench) == (4, 0, 0)
    assert bench.worker()._events.load(ACCOUNT, "1").state == 4


def test_an_attempt_leaves_a_leased_chunk_alone() -> None:
    bench = planned()
    task = next(bench.tasks())
    bench.records.take_lease(
        bench.manifest(), 0, attempt="other", now=bench.clock(), until=bench.clock() + timedelta(seconds=30)
    )
    assert bench.work(task) is Attempt.LEASED


def test_an_item_that_raises_is_failed_never_its_chunk() -> None:
    def process(item: Item, _context: Context) -> None:
        if int(item.id) % 3 == 0:
            raise ValueError("no such aircraft " + "é" * 200)

    bench = planned(process)
    assert [bench.work(task) for task in bench.tasks()] == [Attempt.WON] * 3
    assert totals(bench) == (6, 4, 0)
    failures = [failure for record in bench.records.chunks(bench.manifest()) for failure in record.failures]
    assert sorted(failure.id for failure in failures) == ["0", "3", "6", "9"]
    assert all(failure.error.startswith("ValueError: no such") for failure in failures)
    assert all(len(failure.error.encode()) <= 200 for failure in failures)
    assert bench.reporter().report("b1", 0)["status"] == "partial"


def test_a_long_list_of_failures_goes_to_s3_first() -> None:
    def process(_item: Item, _context: Context) -> None:
        raise ValueError("x" * 200)

    bench = planned(process, items=600, chunk_size=600)
    bench.work(next(bench.tasks()))
    (record,) = bench.records.chunks(bench.manifest())
    assert (record.failed, record.failures) == (600, ())
    assert (bench.objects._bucket, record.failures_key) in bench.objects._versions


def test_a_transient_error_is_tried_again() -> None:
    tries: Counter[str] = Counter()

    def process(item: Item, _context: Context) -> None:
        tries[item.id] += 1
        if tries[item.id] < 3:
            raise TransientError("try again")

    bench = planned(process, items=4)
    assert bench.work(next(bench.tasks())) is Attempt.WON
    assert set(tries.values()) == {3}
    assert totals(bench) == (4, 0, 0)


def test_out_of_time_an_attempt_checkpoints_and_the_next_one_resumes() -> None:
    ran: Counter[str] = Counter()
    busy = [True]

    def process(item: Item, _context: Context) -> None:
        ran[item.id] += 1
        if int(item.id) >= 4 and busy[0]:
            raise TransientError("not now")

    bench = planned(process, items=8, chunk_size=8)
    (task,) = bench.tasks()
    seconds = iter([240.0, 10.2, 10.2])
    assert bench.worker(lease_seconds=0.3).run(task, lambda: next(seconds, 5.0)).attempt is Attempt.CHECKPOINTED
    assert bench.left == []
    busy[0] = False
    bench.clock.sleep(31)
    assert bench.work(task) is Attempt.WON
    assert totals(bench) == (8, 0, 0)
    assert {id: count for id, count in ran.items() if int(id) < 4} == {str(n): 1 for n in range(4)}


def test_items_that_hang_end_the_process_after_the_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallygate.batch.work.chunk_attempt.GRACE_SECONDS", 0.05)
    hang = threading.Event()

    def process(item: Item, _context: Context) -> None:
        if item.id == "2":
            hang.wait(20)

    bench = planned(process, items=4)
    (task,) = bench.tasks()
    seconds = iter([10.3])
    assert bench.worker().run(task, lambda: next(seconds, 5.0)).attempt is Attempt.CHECKPOINTED
    assert bench.left == ["left"]
    (held,) = bench.records.progress(bench.manifest())
    assert sorted(n for n in range(4) if n in held.done) == [0, 1, 3]
    hang.set()


def test_the_lease_is_renewed_while_items_run() -> None:
    bench: Bench

    def process(_item: Item, _context: Context) -> None:
        bench.clock.sleep(8)
        threading.Event().wait(0.15)

    bench = planned(process, items=4)
    bench.worker(lease_seconds=0.15).run(next(bench.tasks()), lambda: 240)
    (held,) = bench.records.progress(bench.manifest())
    assert held.lease_until is not None
    assert held.lease_until > bench.manifest().started + timedelta(seconds=8)


def test_a_step_of_one_item_is_no_other_items_command() -> None:
    def process(item: Item, context: Context) -> None:
        context.execute(ACCOUNT, "1", deposit)
        if item.id == "a":
            context.execute(ACCOUNT, "1", deposit, step="b")

    bench = Bench(process)
    bench.upload("a", "a/b", "a/c")
    bench.plan()
    for _ in range(2):  # whatever is tried again, each takes effect once
        for task in bench.tasks():
            bench.work(task)
        bench.records = MemoryBatchStore()
        bench.plan()
    assert bench.worker()._events.load(ACCOUNT, "1").state == 4


def test_a_checkpoint_without_an_answer_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def process(_item: Item, _context: Context) -> None:
        threading.Event().wait(0.1)

    bench = planned(process, items=4)

    def unanswered(*_args: object, **_options: object) -> bool:
        raise Unavailable("no answer")

    monkeypatch.setattr(bench.records, "checkpoint", unanswered)
    assert bench.worker(lease_seconds=0.1).run(next(bench.tasks()), lambda: 240).attempt is Attempt.WON
    assert totals(bench) == (4, 0, 0)


def test_after_the_deadline_an_attempt_does_nothing_so_that_the_dispatch_drains() -> None:
    ran: list[str] = []
    bench = planned(lambda item, _: ran.append(item.id))
    bench.clock.sleep(3600)
    assert [bench.work(task) for task in bench.tasks()] == [Attempt.LATE] * 3
    assert ran == []


def test_the_gatekeeper_dispatches_what_nobody_works_on_and_not_too_often() -> None:
    bench = planned()
    tasks = list(bench.tasks())
    bench.work(tasks[0])
    bench.records.take_lease(
        bench.manifest(), 1, attempt="at work", now=bench.clock(), until=bench.clock() + timedelta(seconds=30)
    )
    with pytest.raises(NotReadyError, match="1 of 3 chunks are recorded, 1 in progress, 1 dispatched again"):
        bench.gatekeeper().check("b1", 0)
    assert [replace(task, sent=None) for task in bench.outbox.tasks] == [tasks[2]]
    assert bench.outbox.tasks[0].sent == bench.clock()
    with pytest.raises(NotReadyError, match="0 dispatched again"):
        bench.gatekeeper().check("b1", 0)
    sent = []
    for _ in range(9):
        bench.clock.sleep(5)
        bench.outbox.tasks.clear()
        with pytest.raises(NotReadyError):
            bench.gatekeeper().check("b1", 0)
        sent.append([task.chunk.i for task in bench.outbox.tasks])
    # At 5, 10 … 45 s. Chunk 2: after pauses of 5 and 10 s, then 20. Chunk 1: when its lease of 30 s has lapsed.
    assert sent == [[], [2], [], [], [2], [], [1], [], [1]]
    bench.outbox.tasks.clear()
    for task in tasks:
        bench.clock.sleep(31)
        bench.work(task)
    assert bench.gatekeeper().check("b1", 0) == PASSED
    assert totals(bench) == (10, 0, 0)


def test_dispatches_per_poll_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallygate.batch.gatekeeper.MAX_DISPATCHES_PER_POLL", 2)
    bench = planned(items=12)
    with pytest.raises(NotReadyError, match="2 dispatched again"):
        bench.gatekeeper().check("b1", 0)


def test_past_the_deadline_the_gatekeeper_says_so_and_forced_abandons_what_is_missing() -> None:
    bench = planned()
    bench.work(next(bench.tasks()))
    bench.clock.sleep(3601)
    with pytest.raises(DeadlinePassed, match=r"1 of 3 chunks are recorded at the deadline 2026-11-21T13:00:00\.000Z"):
        bench.gatekeeper().check("b1", 0)
    assert bench.outbox.tasks == []
    assert bench.gatekeeper().check("b1", 0, force=True) == PASSED
    assert totals(bench) == (4, 0, 6)


def test_a_late_worker_loses_to_the_force_and_the_count_stays_exact() -> None:
    begun, go = threading.Event(), threading.Event()

    def process(_item: Item, context: Context) -> None:
        begun.set()
        go.wait(10)
        context.execute(ACCOUNT, "1", deposit)

    bench = planned(process, items=4)
    ended: list[Attempt] = []
    late = threading.Thread(target=lambda: ended.append(bench.work(next(bench.tasks()))))
    late.start()
    begun.wait(10)
    bench.clock.sleep(3601)
    bench.gatekeeper().check("b1", 0, force=True)
    before = totals(bench)
    go.set()
    late.join(10)
    assert ended == [Attempt.LOST]
    assert totals(bench) == before == (0, 0, 4)
    (record,) = bench.records.chunks(bench.manifest())
    assert record.outcome is Outcome.ABANDONED


def test_a_worker_that_was_faster_than_the_force_wins() -> None:
    bench = planned(items=4)
    gatekeeper = bench.gatekeeper()
    missing = gatekeeper._missing(bench.manifest())
    bench.work(next(bench.tasks()))
    gatekeeper._abandon(bench.manifest(), missing)
    assert totals(bench) == (4, 0, 0)


def test_a_force_that_runs_out_of_time_is_called_again(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = planned()
    monkeypatch.setattr("tallygate.batch.gatekeeper.FORCE_SECONDS", 0.0)
    with pytest.raises(ForceIncomplete, match="0 of 3 missing chunks"):
        bench.gatekeeper().check("b1", 0, force=True)
    monkeypatch.undo()
    bench.gatekeeper().check("b1", 0, force=True)
    assert totals(bench) == (0, 0, 10)


def test_a_report_is_told_to_the_event_store_once() -> None:
    bench = planned()
    for task in bench.tasks():
        bench.work(task)
    first = bench.reporter().report("b1", 0)
    bench.clock.sleep(60)
    assert bench.reporter().report("b1", 0) == first
    events = [commit.events[0] for commit in bench.log.read("batch-b1", after=0, until=None)]  # type: ignore[arg-type]
    assert [(event.type, event.data["ok"]) for event in events] == [("BatchReported", 10)]


def test_a_report_over_missing_records_is_refused() -> None:
    bench = planned()
    bench.work(next(bench.tasks()))
    with pytest.raises(InvariantBroken, match=r"1 of 3 chunks are recorded, ok 4 .* items 10"):
        bench.reporter().report("b1", 0)


def test_a_batch_that_was_never_planned_is_unknown() -> None:
    bench = Bench()
    task = ChunkTask.from_json(
        {"batch": "b9", "generation": 0, "chunk": {"i": 0, "start": 0, "end": 1, "line": 1, "items": 1}}
    )
    for call in (
        lambda: bench.gatekeeper().check("b9", 0),
        lambda: bench.reporter().report("b9", 0),
        lambda: bench.work(task),
    ):
        with pytest.raises(UnknownBatch, match="'b9' has no manifest"):
            call()


@pytest.mark.parametrize("raw", [{}, {"batch": "b", "generation": 0, "chunk": {}}, "text"])
def test_a_message_that_is_none(raw: object) -> None:
    with pytest.raises(BadInput, match=r"is no chunk"):
        ChunkTask.from_json(raw)

"""What may be asked about a batch that exists: redrive, cancel, continue. The count over all generations is exact."""

import json
from collections import Counter
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from tallygate.batch import Context, Item
from tallygate.batch.errors import BadInput, InvariantBroken, NotReadyError
from tallygate.batch.plan.location import Location
from tallygate.batch.records import ChunkRecord, Manifest, Status
from tallygate.batch.work.attempt import Attempt
from tests.unit.batch.batches import MANIFEST, START, Bench

SEEN: Counter[str] = Counter()
SINCE: set[datetime] = set()


def of_release_0_1(record: ChunkRecord) -> ChunkRecord:
    """Without the numbers of failed items."""
    return replace(record, failures=tuple(replace(one, number=None) for one in record.failures))


def bench_of(*refused: str, items: int = 10, **more: object) -> Bench:
    """Chunks of four; the items in `refused` fail in generation 0."""
    SEEN.clear()
    SINCE.clear()

    def process(item: Item, context: Context) -> None:
        SEEN[context.key] += 1
        SINCE.add(context.since)
        if item.id in refused and SEEN[context.key] == 1:
            raise ValueError(f"no {item.id}")

    bench = Bench(process)
    bench.objects.upload(MANIFEST, b"id,note\n" + b"".join(f'{n},"a, {n}"\n'.encode() for n in range(items)).rstrip())
    bench.plan({"chunk_size": 4, **more})
    return bench


def work(bench: Bench, generation: int = 0, chunks: int = 99) -> None:
    for task in list(bench.tasks(generation=generation))[:chunks]:
        bench.work(task)


def ended(bench: Bench, generation: int = 0, *, force: bool = False) -> dict[str, object]:
    bench.gatekeeper().check("b1", generation, force=force)
    return bench.reporter().report("b1", generation)


def redrive(bench: Bench, name: str = "again", **changes: object) -> dict[str, object]:
    bench.clock.sleep(60)
    return bench.plan_raw({"redrive": "b1", **changes}, name)


def test_a_redrive_works_on_failed_and_abandoned_items_only() -> None:
    bench = bench_of("1", "6")
    work(bench, chunks=2)
    report = ended(bench, force=True)
    assert (report["status"], report["ok"], report["failed"], report["abandoned"]) == ("partial", 6, 2, 2)
    state = redrive(bench)
    assert (state["batch"], state["generation"], state["items"], state["next"]) == ("b1", 1, 4, "map")
    work(bench, 1)
    assert sorted(key for key, times in SEEN.items() if times > 1) == ["b1/1", "b1/6"]
    second = ended(bench, 1)
    assert (second["status"], second["items"], second["ok"]) == ("complete", 4, 4)
    assert (second["batch_items"], second["batch_ok"]) == (10, 10)


def test_what_is_left_is_a_manifest_in_order_with_the_errors_beside_it() -> None:
    bench = bench_of("6", "1")
    work(bench, chunks=2)
    report = ended(bench, force=True)
    key = str(report["remaining"]).removeprefix("s3://batches/")
    assert bench.content(key) == b'id,note\n1,"a, 1"\n6,"a, 6"\n8,"a, 8"\n9,"a, 9"\n'
    errors = [
        json.loads(line) for line in bench.content(str(report["errors"]).removeprefix("s3://batches/")).splitlines()
    ]
    assert errors == [{"id": "1", "error": "ValueError: no 1"}, {"id": "6", "error": "ValueError: no 6"}]


def test_jsonl_leaves_jsonl() -> None:
    bench = bench_of()
    there = Location(bucket="flights", key="items.jsonl")
    bench.objects.upload(there, b'{"id": "a"}\n{"id": "b"}')
    bench.plan({"manifest": str(there)}, name="b2")
    bench.gatekeeper().check("b2", 0, force=True)
    remaining = bench.reporter().report("b2", 0)["remaining"]
    assert remaining.endswith(".jsonl")
    assert bench.content(remaining.removeprefix("s3://batches/")) == b'{"id": "a"}\n{"id": "b"}\n'


def test_items_keep_the_time_and_the_key_of_their_first_generation() -> None:
    """Its effects are found again by these, however late the redrive."""
    bench = bench_of("1")
    work(bench)
    ended(bench)
    bench.clock.sleep(86_400)
    redrive(bench)
    work(bench, 1)
    assert {START} == SINCE
    manifest = bench.manifest(generation=1)
    assert (manifest.since, manifest.started) == (START, START + timedelta(days=1, seconds=60))
    assert manifest.deadline == manifest.started + timedelta(minutes=60)


def test_redrives_of_redrives_add_up() -> None:
    bench = bench_of("1", "2", "3")
    work(bench)
    ended(bench)
    redrive(bench)
    work(bench, 1, chunks=0)
    assert ended(bench, 1, force=True)["batch_ok"] == 7
    redrive(bench, "once more", chunk_size=2)
    work(bench, 2)
    third = ended(bench, 2)
    assert (third["status"], third["items"], third["batch_ok"]) == ("complete", 3, 10)


def test_a_redrive_may_change_how_it_runs() -> None:
    bench = bench_of("1")
    work(bench)
    ended(bench)
    state = redrive(bench, dispatch="queue", deadline_minutes=5, on_incomplete="fail", item_concurrency=1)
    assert (state["next"], state["on_incomplete"]) == ("queue", "fail")
    assert bench.manifest(generation=1).parameters["manifest"] == str(MANIFEST)


def test_a_concurrency_for_what_goes_through_a_queue_is_refused_also_in_a_redrive() -> None:
    bench = bench_of("1", dispatch="queue")
    work(bench)
    ended(bench)
    with pytest.raises(BadInput, match='"concurrency" says nothing where'):
        redrive(bench, concurrency=5)
    assert redrive(bench, dispatch="map", concurrency=5)["concurrency"] == 5


def test_the_same_redrive_again_goes_on_with_the_one_that_runs() -> None:
    bench = bench_of("1")
    work(bench)
    ended(bench)
    first = redrive(bench)
    assert redrive(bench, "another") == first
    with pytest.raises(BadInput, match=r"was planned at .* with \"chunk_size\" = 4, this input says 7"):
        redrive(bench, "third", chunk_size=7)


def test_a_plan_that_wakes_late_plans_no_generation_of_its_own() -> None:
    """It stalled beyond its time limit; its second try planned generation 1, which has ended meanwhile."""
    bench = bench_of("1", "2")
    work(bench)
    ended(bench)
    first = redrive(bench, "stalled")
    work(bench, 1, chunks=0)
    ended(bench, 1, force=True)
    late = redrive(bench, "stalled")
    assert (late["generation"], late["next"]) == (1, "wait")
    assert late | {"next": "map"} == first
    assert bench.records.manifest("b1", 2) is None
    assert redrive(bench, "another")["generation"] == 2


def test_a_batch_under_way_or_complete_has_nothing_to_redrive() -> None:
    bench = bench_of()
    with pytest.raises(BadInput, match="'b1' has no report yet: wait for its end, or end it with"):
        redrive(bench)
    work(bench)
    ended(bench)
    with pytest.raises(BadInput, match="'b1' is complete: all 10 items are ok, nothing is left to redrive"):
        redrive(bench)


def test_records_of_an_earlier_release_cannot_be_redriven_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = bench_of("1")
    work(bench)
    chunks = bench.records.chunks
    monkeypatch.setattr(bench.records, "chunks", lambda *given, **more: map(of_release_0_1, chunks(*given, **more)))
    report = ended(bench)
    assert report["remaining"] is None
    assert (
        bench.content(str(report["errors"]).removeprefix("s3://batches/"))
        == b'{"id": "1", "error": "ValueError: no 1"}\n'
    )
    with pytest.raises(BadInput, match="worked on by a release before 0"):
        redrive(bench)


def test_what_has_expired_is_named() -> None:
    bench = bench_of("1")
    work(bench)
    report = ended(bench)
    bench.objects.delete("batches", str(report["remaining"]).removeprefix("s3://batches/"))
    with pytest.raises(
        BadInput, match=r"what batch 'b1' left over can't be read, it is kept for 30 days: .* not exist"
    ):
        redrive(bench)


def test_a_manifest_of_what_is_left_that_was_tampered_with_is_refused() -> None:
    bench = bench_of("1")
    work(bench)
    key = str(ended(bench)["remaining"]).removeprefix("s3://batches/")
    bench.objects.put(key, b"id,note\n1,x\n2,y\n")
    with pytest.raises(InvariantBroken, match="has 2 items, 1 are left"):
        redrive(bench)


def test_a_cancelled_batch_is_not_dispatched_and_what_is_missing_is_abandoned() -> None:
    bench = bench_of()
    work(bench, chunks=1)
    state = bench.plan_raw({"cancel": "b1"}, "stop")
    assert (state["next"], state["generation"]) == ("force", 0)
    with pytest.raises(NotReadyError, match="0 dispatched again"):
        bench.gatekeeper().check("b1", 0)
    report = ended(bench, force=True)
    assert (report["status"], report["ok"], report["abandoned"]) == ("cancelled", 4, 6)
    assert [bench.work(task) for task in bench.tasks()] == [Attempt.RECORDED] * 3
    assert bench.plan_raw({"cancel": "b1"}, "again")["next"] == "force"


def test_a_batch_that_is_complete_all_the_same_is_complete() -> None:
    bench = bench_of()
    bench.plan_raw({"cancel": "b1"}, "stop")
    work(bench)
    assert ended(bench, force=True)["status"] == "complete"


def test_cancelled_and_started_again_under_its_name_it_is_waited_for_and_a_redrive_completes_it() -> None:
    bench = bench_of(name="b1")
    work(bench, chunks=1)
    bench.plan_raw({"cancel": "b1"}, "stop")
    assert bench.plan({"chunk_size": 4, "name": "b1"})["next"] == "wait"
    ended(bench, force=True)
    redrive(bench)
    work(bench, 1)
    second = ended(bench, 1)
    assert (second["status"], second["batch_ok"]) == ("complete", 10)


def test_a_redrive_can_be_cancelled_too() -> None:
    bench = bench_of("1")
    work(bench)
    ended(bench)
    redrive(bench)
    assert bench.plan_raw({"cancel": "b1"}, "stop")["generation"] == 1
    assert ended(bench, 1, force=True)["status"] == "cancelled"


def test_what_has_ended_is_not_cancelled() -> None:
    bench = bench_of("1")
    work(bench)
    ended(bench)
    with pytest.raises(BadInput, match=r"'b1' has ended .partial.: there is nothing to cancel"):
        bench.plan_raw({"cancel": "b1"}, "stop")


@pytest.mark.parametrize("raw", [{"redrive": "b7"}, {"cancel": "b7"}])
def test_there_is_no_such_batch(raw: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="there is no batch 'b7': its name is its execution's"):
        bench_of().plan_raw(raw, "x")


def test_an_execution_goes_on_where_another_stopped() -> None:
    bench = bench_of()
    state = bench.plan_raw(
        {"continue": "b1", "generation": 0, "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "arn"}, "c"
    )
    assert (state["next"], state["batch"], state["chunks"]) == ("wait", "b1", 3)
    with pytest.raises(BadInput, match="batch 'b1' has no generation 1"):
        bench.plan_raw({"continue": "b1", "generation": 1}, "c")


def test_a_dry_run_checks_and_tells_but_starts_nothing() -> None:
    bench = Bench()
    bench.upload(*range(1000))
    told = bench.plan({"dry_run": True, "item_ms": 5})
    assert (told["next"], told["items"], told["chunks"], told["warnings"]) == ("dry_run", 1000, 2, [])
    assert told["expected_seconds"] > 0
    assert told["expected_cost_usd"] > 0
    assert bench.records.manifest("b1", 0) is None
    assert "is assumed to take 100 ms" in bench.plan({"dry_run": True})["warnings"][0]
    assert bench.plan()["next"] == "map"


def test_more_items_than_were_meant_are_refused() -> None:
    bench = Bench()
    bench.upload(1, 2, 3)
    with pytest.raises(BadInput, match='the file has more items than "max_items", 2: raise it'):
        bench.plan({"max_items": 2})
    assert bench.plan({"max_items": 3})["items"] == 3


def test_a_batch_that_has_its_report_is_not_dispatched_again() -> None:
    bench = bench_of(name="b1")
    work(bench)
    ended(bench)
    assert bench.plan({"chunk_size": 4, "name": "b1"})["next"] == "wait"


def test_of_two_reports_at_once_both_tell_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = bench_of("1")
    work(bench)
    bench.gatekeeper().check("b1", 0)
    put, first = bench.records.put_report, []

    def slow(manifest: Manifest, report: object) -> object:
        monkeypatch.undo()
        first.append(bench.reporter().report("b1", 0))
        return put(manifest, report)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.records, "put_report", slow)
    assert bench.reporter().report("b1", 0) == first[0]
    standing = bench.records.report(bench.manifest())
    assert standing is not None
    assert standing.status is Status.PARTIAL


def test_grouping_in_the_gatekeeper_chunks_may_differ_in_size() -> None:
    """Abandoned items are counted from the index, not from the chunk size."""
    bench = bench_of(items=9)
    assert ended(bench, force=True)["abandoned"] == 9

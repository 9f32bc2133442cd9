"""The batch's benchmark: the model beside the protocol on DynamoDB Local, and the benchmark's own instruments."""

from dataclasses import replace
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from msgspec import structs
from mypy_boto3_dynamodb import DynamoDBClient
from rich.console import Console

from bench.batch import counted, design, sizes, tables, targets
from bench.batch.cpu import cpu
from bench.batch.receipt import Receipt
from bench.batch.run import QUEUE_WORKER, Run, shape
from bench.batch.trials import CONCURRENCY, MILLISECONDS, Trial, manifest, trials
from bench.fanout.counted import SharedUnits
from bench.store.streams import client
from local.deployment import BATCHES_TABLE, EVENTS_TABLE, PREFIX, RELAY, WORKER
from local.emulator.meter.counts import nested
from tallygate.batch.cost.batch_shape import BatchShape
from tallygate.batch.cost.bill import Amounts, bill
from tallygate.batch.cost.cost_model import STATES, amounts
from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.errors import NotReadyError
from tallygate.batch.work.attempt import Attempt
from tallygate.events.dynamodb import DynamoDBCommitLog
from tests.tables import create_batches_table, create_events_table
from tests.unit.batch.batches import Bench

TRIAL = Trial("map", "nothing", 1000)


@pytest.fixture
def bench(dynamodb_local_client: DynamoDBClient) -> tuple[Bench, SharedUnits]:
    """A batch's parts on DynamoDB Local, which says what each call takes."""
    dynamodb = client(dynamodb_local_client.meta.endpoint_url)
    bench, batches, events = Bench(), f"batches-{uuid4()}", f"events-{uuid4()}"
    bench.records = DynamoDBBatchStore(create_batches_table(dynamodb, batches), dynamodb)  # type: ignore[assignment]
    bench.log = DynamoDBCommitLog(create_events_table(dynamodb, events), dynamodb)  # type: ignore[assignment]
    return bench, SharedUnits(dynamodb)


def printed(*shown: Any) -> str:
    told = StringIO()
    Console(width=250, file=told).print(*shown)
    return " ".join(told.getvalue().split())


def missed(aims: Any) -> list[str]:
    return [aim.what for aim in aims if not aim.met and aim.must]


def a_run(trial: Trial = TRIAL, seconds: float = 0.1, **more: float) -> Run:
    """A run whose calls are the model's, but for `more`."""
    chunks = -(-trial.items // 500)
    batch = shape(trial, chunks, cold_workers=2, polls=0)
    modelled = amounts(batch)
    used = structs.replace(
        counted.without_time(modelled), **{name: getattr(modelled, name) + n for name, n in more.items()}
    )
    return Run(
        trial=trial,
        chunks=chunks,
        seconds=seconds,
        working_seconds=seconds,
        polls=0,
        cold_workers=2,
        receipt=Receipt(used, batch),
    )


def polled(run: Run, polls: int) -> Receipt:
    batch = structs.replace(run.receipt.batch, polls=polls)
    return Receipt(counted.without_time(amounts(batch)), batch)


@pytest.mark.parametrize("polls", [0, 2])
def test_the_model_has_the_units_of_the_protocol(bench: tuple[Bench, SharedUnits], polls: int) -> None:
    """Ten chunks, three workers. A poll that is not ready finds the half of them done, as the model has it."""
    parts, units = bench
    parts.upload(*range(100))
    units.reset()
    parts.plan({"chunk_size": 10})
    before = units.write, units.read
    tasks = list(parts.tasks())
    units.write, units.read = before  # `tasks` reads too
    workers = [parts.worker() for _ in range(3)]
    for number, task in enumerate(tasks):
        if number == len(tasks) // 2:
            for _ in range(polls):
                with pytest.raises(NotReadyError):
                    parts.gatekeeper().check("b1", 0)
                units.write -= min(len(parts.outbox.tasks), 5)  # it took these to be lost: no map had ended
                parts.outbox.tasks.clear()
        assert workers[number % 3].run(task, lambda: 100.0).attempt is Attempt.WON
    parts.gatekeeper().check("b1", 0)
    parts.reporter().report("b1", 0)
    modelled = amounts(BatchShape(items=100, chunks=10, cold_workers=3, polls=polls, item_seconds=0))
    assert units.write == modelled.write_units
    # DynamoDB Local asks nothing for a query that finds nothing, here the one for the report's stream; DynamoDB does.
    assert units.read + 1 == modelled.read_units


def test_what_the_meter_counted_becomes_what_is_billed() -> None:
    flat = {
        ("functions", WORKER, "invocations"): 2,
        ("functions", WORKER, "cold_starts"): 2,
        ("functions", QUEUE_WORKER, "invocations"): 3,
        ("functions", QUEUE_WORKER, "cold_starts"): 1,
        ("functions", RELAY, "invocations"): 50,
        ("functions", "another-work", "invocations"): 50,
        ("tables", BATCHES_TABLE, "PutItem", "write_units"): 4.0,
        ("tables", BATCHES_TABLE, "GetItem", "read_units"): 2.5,
        ("tables", EVENTS_TABLE, "PutItem", "write_units"): 1.0,
        ("tables", f"{PREFIX}-views", "PutItem", "write_units"): 100.0,
        ("calls", "s3", "GET object"): 3,
        ("calls", "s3", "PUT object"): 1,
        ("calls", "sqs", "SendMessageBatch"): 7,
    }
    meter = nested(flat)
    by_map = counted.calls(meter, transitions=11, children=2, messages=0)
    assert by_map == Amounts(
        transitions=11,
        express_requests=2,
        invocations=5,
        sqs_requests=7,
        write_units=5.0,
        read_units=2.5,
        s3_gets=4,
        s3_puts=3,
        events=1,
        notifications=1,
    )
    by_queue = counted.calls(meter, transitions=9, children=0, messages=3)
    assert (by_queue.sqs_requests, by_queue.s3_gets, by_queue.s3_puts) == (13, 3, 1)
    assert counted.cold_starts(meter, WORKER, QUEUE_WORKER) == 3
    assert counted.calls({"functions": {}, "tables": {}, "calls": {}}, 0, 0, 0) == Amounts(events=1, notifications=1)


def test_a_receipt_is_judged_by_its_calls_alone() -> None:
    """Function time, which is the model's in both, must not make a difference of calls look smaller."""
    batch = BatchShape(items=1000, chunks=2, item_seconds=8)
    modelled = amounts(batch)
    exact = Receipt(counted.without_time(modelled), batch)
    assert exact.apart == 0
    assert [one.total for one in exact.whole] == [bill(modelled).total] * 2
    more = structs.replace(exact.counted, transitions=modelled.transitions + 1)
    apart = Receipt(more, batch).apart
    assert apart == pytest.approx(25e-6 / exact.calls[1].total)
    assert apart > 4 * (25e-6 / exact.whole[1].total)


def test_a_call_too_many_a_chunk_is_a_missed_must() -> None:
    large = Trial("map", "nothing", 100_000)
    assert missed(targets.of_runs([a_run(large)])) == []
    assert missed(targets.of_runs([a_run(large, transitions=20)])) == [
        "map-nothing-100000: receipt and model, apart by"
    ]
    assert missed(targets.of_runs([a_run(large, read_units=1100)])) == ["map-nothing-100000: units an item"]
    assert missed(targets.of_runs([a_run(large, seconds=20.1)])) == ["map-nothing-100000: items/s"]
    cold = a_run(replace(TRIAL, cold=True), seconds=60, transitions=20)
    assert missed(targets.of_runs([cold, a_run(large)])) == ["map-cold-1000: receipt and model, apart by"]


def test_a_cost_that_bends_is_a_missed_must() -> None:
    runs = [a_run(Trial("map", "nothing", items)) for items in (1000, 10_000, 100_000)]
    assert targets.curves(runs)["map-nothing"] < 0.01
    assert missed(targets.of_runs(runs)) == []
    slow = [replace(run, receipt=polled(run, polls)) for run, polls in zip(runs, (9, 1, 30), strict=True)]
    assert targets.curves(slow)["map-nothing"] < 0.01
    bent = [*runs[:2], a_run(Trial("map", "nothing", 100_000), transitions=40)]
    assert targets.curves(bent)["map-nothing"] > targets.CURVED
    assert "map-nothing: dollars for another item, small batches and large, apart by" in missed(targets.of_runs(bent))


def test_the_designs_batch_is_priced_with_the_calls_of_the_run() -> None:
    trial = Trial("map", "wait-100", 100_000)
    found = {"map": design.priced(a_run(trial))}
    assert missed(targets.of_design(found)) == []
    assert found["map"].counted.total < found["map"].wide.total
    assert found["map"].counted.coordination == pytest.approx(found["map"].modelled.coordination, rel=0.01)
    dear = {"map": design.priced(a_run(trial, transitions=100))}
    assert dear["map"].counted.total - found["map"].counted.total == pytest.approx(100 * 25e-6)
    assert len(missed(targets.of_design(dear))) == 2


def test_limits_are_where_the_model_says_and_not_before() -> None:
    for dispatch in ("map", "queue"):
        for one in sizes.reaches(dispatch):
            assert 1_000_000 < one.default <= one.widest
    by_name = {one.name: one for one in sizes.reaches("map")}
    assert by_name["chunks"].default == pytest.approx(500 * 20_000, rel=0.002)
    assert by_name["chunks"].widest == pytest.approx(10_000 * 20_000, rel=0.002)
    assert by_name["bytes of ids on plan's disk"].default == pytest.approx(504 * 1024**2 / 8, rel=0.002)


def test_a_hundred_million_items_are_judged_by_the_model() -> None:
    found = {"map": sizes.sizes("map")}
    assert [one.batch.items for one in found["map"]] == [10**n for n in range(3, 9)]
    assert missed(targets.of_model(found, cpu())) == []
    last = found["map"][-1]
    dear = structs.replace(last.cost, items=2 * last.cost.total)
    assert len(missed(targets.of_model({"map": [*found["map"][:-1], replace(last, cost=dear)]}, cpu()))) == 1


def test_trials_are_all_sizes_of_both_items_and_the_designs_batch() -> None:
    found = list(trials(["map", "queue"]))
    assert len(found) == len({trial.name for trial in found}) == 16
    assert all(trial.worker in MILLISECONDS and trial.worker in CONCURRENCY for trial in found)
    lines = manifest(3).splitlines()
    assert (lines[0], len(lines), {len(line) for line in lines[1:]}) == (b"id,note", 4, {39})


def test_everything_is_told() -> None:
    runs = [a_run(), a_run(Trial("map", "wait-100", 100_000))]
    text = printed(
        tables.of_runs(runs),
        tables.receipts(runs),
        tables.of_design({"map": design.priced(runs[1])}),
        tables.of_sizes({"map": sizes.sizes("map")}),
        tables.of_reaches({dispatch: sizes.reaches(dispatch) for dispatch in ("map", "queue")}),
        tables.of_cpu(cpu()),
    )
    assert f"{STATES + 2:g}" in text
    assert "│ 0.0% │ 0 │ 2 │" in text
    assert "not before 10 billion" in text
    assert runs[0].to_json()["apart"] == 0

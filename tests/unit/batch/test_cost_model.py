"""The cost model: the design's table, and what must hold for any batch."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from local.emulator.meter.item_size import item_bytes
from local.paths import ROOT
from tallygate.batch.cost import batch_limits, batch_shape, cost_model
from tallygate.batch.cost.batch_limits import limits, next_limit
from tallygate.batch.cost.batch_shape import BatchShape, Dispatch, shape
from tallygate.batch.cost.batch_time import Ramp, expected_seconds, gatekeeper_wait, pauses
from tallygate.batch.cost.bill import Amounts, bill
from tallygate.batch.cost.cost_model import amounts
from tallygate.batch.cost.dry_run import dry_run
from tallygate.batch.items import chunk_item, key, manifest_item
from tallygate.batch.plan import manifest_maker
from tallygate.batch.records import ChunkRecord, Manifest, Outcome, Source

ID = "0c9f1a2e-3b4d-4e5f-8a9b-0c1d2e3f4a5b"
NOW = datetime(2026, 11, 21, 13, 37, 0, 813000, tzinfo=UTC)
PARAMETERS = {"dispatch": "map", "concurrency": 20, "item_concurrency": 20, "deadline_minutes": 60}
shapes = st.builds(
    BatchShape,
    items=st.integers(20_000, 10**8),
    chunks=st.integers(1, 20_000),
    dispatch=st.sampled_from(["map", "queue"]),
    concurrency=st.integers(1, 10_000),
    item_concurrency=st.integers(1, 100),
    item_seconds=st.floats(0, 1),
    memory_mb=st.integers(128, 10_240),
    failed=st.floats(0, 1),
)


def table(chunk_size: int, dispatch: Dispatch = "map", cold: int = 200) -> BatchShape:
    """A row of the design's table: 512 MB, nothing charged for what a chunk's attempt does around its items."""
    return replace(
        shape(100_000, chunk_size, dispatch), memory_mb=512, item_cpu_seconds=0, chunk_seconds=0, cold_workers=cold
    )


def manifest() -> Manifest:
    source = Source(bucket="b" * 48, key="manifests/flights-2013.csv", version="v" * 32)
    return Manifest(
        batch=ID,
        generation=0,
        items=100_000,
        chunk_size=500,
        chunks=200,
        shards=1,
        columns=("id", "act"),
        source=source,
        index=replace(source, key=f"batches/{ID}/g0/index-{ID}.json"),
        since=NOW,
        started=NOW,
        deadline=NOW,
        parameters={**PARAMETERS, "worker": "flights", "chunk_size": 500, "on_incomplete": "partial"},
    )


@pytest.mark.parametrize(
    ("chunk_size", "dispatch", "cold", "coordination", "total", "within"),
    [
        # The design's rows of a map lie on no line a + b·C, as the calls do: from K = 500 and 1,000 follows b ≤ $26.0
        # a million chunks, from 100 and 500 b ≥ $26.3. By the protocol it is 27.9: 26 the child's, 1.25 two writes.
        # Nor do they say how many workers are cold: the totals fit 20, 200 and 100. And they leave out that a child
        # lasts as long as its worker's cold start.
        (100, "map", 20, 0.028, 0.033, 0.03),
        (500, "map", 200, 0.0064, 0.012, 0.03),
        (1000, "map", 100, 0.0039, 0.009, 0.06),
        (500, "queue", 200, 0.0010, 0.0065, 0.03),
    ],
)
def test_the_designs_table_comes_out(
    *, chunk_size: int, dispatch: Dispatch, cold: int, coordination: float, total: float, within: float
) -> None:
    cost = bill(amounts(table(chunk_size, dispatch, cold)))
    assert cost.coordination == pytest.approx(coordination, rel=within)
    assert cost.total == pytest.approx(total, rel=within)


def test_compute_alone_is_the_designs() -> None:
    assert bill(amounts(table(500))).items == pytest.approx(0.0042, abs=0.00005)
    assert bill(amounts(replace(table(500), item_concurrency=1))).items == pytest.approx(0.0833, abs=0.00005)


def test_coordination_is_as_much_cheaper_than_a_counter_as_it_has_to_be() -> None:
    """The counter of the design's first row takes $0.1995."""
    map_, queue = (replace(shape(100_000, 500, way), memory_mb=512) for way in ("map", "queue"))
    assert 0.1995 / bill(amounts(map_)).coordination >= 30
    assert 0.1995 / bill(amounts(queue)).coordination >= 80
    assert bill(amounts(map_)).total <= 0.012
    assert bill(amounts(queue)).total <= 0.007


def test_a_chunk_costs_what_its_calls_cost() -> None:
    """One more chunk, worked by one more cold worker, call by call."""
    one, two = (amounts(BatchShape(items=500 * n, chunks=n, item_seconds=0.1)) for n in (1, 2))
    more = {field.name: getattr(two, field.name) - getattr(one, field.name) for field in fields(Amounts)}
    assert more | {"coordination_gb_seconds": 0, "express_gb_seconds": 0} == {
        "transitions": 1,  # the child
        "express_requests": 1,
        "express_gb_seconds": 0,
        "invocations": 1,
        "sqs_requests": 0,
        "write_units": 2,  # lease, record
        "read_units": 1.0,  # is there a record?, the manifest
        "s3_gets": 1,
        "s3_puts": 0,
        "events": 0,
        "notifications": 0,
        "coordination_gb_seconds": 0,
        "init_gb_seconds": pytest.approx(0.8 * 0.25),
        "item_gb_seconds": pytest.approx(2.5 * 0.25),
    }
    assert more["express_gb_seconds"] == pytest.approx((2.6 + 0.8) / 16)  # 2.55 s are billed as 2.6


def test_a_queue_replaces_children_by_messages() -> None:
    used, (polls, _) = amounts(shape(100_000, 500, "queue")), gatekeeper_wait(shape(100_000, 500, "queue"))
    assert (used.express_requests, used.sqs_requests) == (0, 20 + 200 + 200 + polls)
    assert used.transitions == cost_model.STATES + polls


def test_checkpoints_are_written_three_times_a_lease() -> None:
    long = replace(shape(1000, 500), item_seconds=2, lease_seconds=30)  # a chunk takes 50 s
    assert long.checkpoints == 5
    rare = replace(long, lease_seconds=1000)
    assert amounts(long).write_units - amounts(rare).write_units == 2 * 5
    assert amounts(long).read_units - amounts(rare).read_units == 2 * 5 / 2  # each looks whether there is a record


def test_a_chunk_that_outlasts_its_worker_is_dispatched_again_by_the_gatekeeper() -> None:
    slow = replace(shape(1000, 500), item_seconds=20)
    assert slow.attempts == 3
    used, quick = amounts(slow), amounts(shape(1000, 500))
    assert used.express_requests == quick.express_requests
    assert used.transitions > quick.transitions
    assert used.invocations - quick.invocations == 4 + gatekeeper_wait(slow)[0]


def test_failures_make_records_longer_until_they_are_a_list_in_s3() -> None:
    half = amounts(replace(shape(100_000, 500), failed=0.5))  # 250 · 80 bytes
    assert half.write_units - amounts(shape(100_000, 500)).write_units == 200 * 19
    all_ = amounts(replace(shape(105_000, 1500), failed=1))  # 120 KB
    assert (all_.s3_puts - amounts(shape(105_000, 1500)).s3_puts, all_.write_units) == (72, 70 * 2 + 3)


def test_records_have_the_sizes_that_the_model_says() -> None:
    record = ChunkRecord(i=123, outcome=Outcome.DONE, attempt=ID, ok=500, at=NOW)
    assert item_bytes(chunk_item(manifest(), record)) == pytest.approx(cost_model.CHUNK_BYTES, rel=0.05)
    assert item_bytes(manifest_item(manifest())) <= cost_model.MANIFEST_BYTES <= 1024  # a unit, with room to spare
    progress = {"attempt": {"S": ID}, "lease_until": {"S": "2026-11-21T13:37:00.813Z"}, "attempts": {"N": "1"}}
    assert item_bytes(key(manifest(), "progress", 123) | progress) == pytest.approx(cost_model.PROGRESS_BYTES, rel=0.05)


def test_bounds_are_those_of_the_planner() -> None:
    ours = (batch_limits.MAX_CHUNKS, batch_shape.CHUNKS_PER_SHARD, batch_shape.MAX_SHARDS)
    assert ours == (manifest_maker.MAX_CHUNKS, manifest_maker.CHUNKS_PER_SHARD, manifest_maker.MAX_SHARDS)
    for chunks in (1, 999, 1000, 1001, 20_000):
        assert BatchShape(items=chunks, chunks=chunks).shards == manifest_maker.shards(chunks)


@pytest.mark.parametrize("dispatch", ["map", "queue"])
def test_cost_is_a_line_from_a_thousand_to_a_hundred_thousand_items(dispatch: Dispatch) -> None:
    """What a batch costs however small it is, and the same for each item: the cold workers' number kept."""
    cost = {n: bill(amounts(replace(shape(n, 500, dispatch), cold_workers=2))).total for n in (1000, 10_000, 100_000)}
    slope = (cost[100_000] - cost[10_000]) / 90_000
    assert (cost[10_000] - cost[1000]) / 9000 == pytest.approx(slope, rel=0.1)
    assert cost[1000] - 1000 * slope < 0.0005


@pytest.mark.parametrize("dispatch", ["map", "queue"])
def test_a_hundred_million_items_cost_no_more_each(dispatch: Dispatch) -> None:
    each = [bill(amounts(shape(n, max(500, n // 20_000), dispatch))).total / n for n in (10**5, 10**6, 10**7, 10**8)]
    assert each == sorted(each, reverse=True) or max(each) / each[0] < 1.02


@given(shapes)
def test_more_items_never_cost_less(batch: BatchShape) -> None:
    batch = replace(batch, failed=0)  # a list of failures is cheaper as an object than as a record
    more = replace(batch, items=2 * batch.items)
    assert bill(amounts(more)).total >= bill(amounts(batch)).total
    assert expected_seconds(more) >= expected_seconds(batch)


@given(shapes)
def test_larger_chunks_never_cost_more_to_coordinate_unless_they_outlast_a_worker(batch: BatchShape) -> None:
    quick = replace(batch, item_seconds=0, item_cpu_seconds=0, failed=0, polls=3, cold_workers=1)
    coarse = replace(quick, chunks=max(1, batch.chunks // 2))
    assert bill(amounts(coarse)).coordination <= bill(amounts(quick)).coordination + 1e-12


@given(shapes, st.floats(0, 1))
def test_slower_items_never_take_less_and_never_change_what_is_counted(batch: BatchShape, seconds: float) -> None:
    slower = replace(batch, item_seconds=batch.item_seconds + seconds)
    assert bill(amounts(slower)).total >= bill(amounts(batch)).total * (1 - 1e-12)
    if slower.attempts == batch.attempts and slower.checkpoints == batch.checkpoints and batch.dispatch == "map":
        assert amounts(slower).invocations >= amounts(batch).invocations


@given(shapes)
def test_no_amount_is_negative_and_the_bill_adds_up(batch: BatchShape) -> None:
    used = amounts(batch)
    assert all(getattr(used, field.name) >= 0 for field in fields(Amounts))
    cost = bill(used)
    assert cost.total == pytest.approx(sum(cost.coordination_by.values()) + cost.init + cost.items)
    assert bill(used + used).total == pytest.approx(2 * cost.total)


@given(shapes)
def test_the_next_limit_is_the_nearest(batch: BatchShape) -> None:
    found = limits(batch, 3600)
    assert found[0] == next_limit(batch, 3600)
    assert found[0].share == max(limit.share for limit in found)
    assert len({limit.name for limit in found}) == len(found)


def test_the_wait_of_the_gatekeeper_is_half_its_pauses() -> None:
    assert pauses(0) == (0, 0)
    assert pauses(1) == (1, 1)
    assert pauses(2.5) == (2, 2.5)
    polls, waited = pauses(3600)
    assert 3600 <= waited < 3615
    assert polls == pytest.approx(3600 / 15, abs=7)


def test_workers_that_come_one_by_one_take_longer() -> None:
    ramp = Ramp(5, 5)
    assert ramp.seconds(100, 5) == 20
    assert ramp.seconds(37.5, 10) == pytest.approx(4)  # a second from 5 to 10: 7.5 worker-seconds, and 30 by all ten
    assert ramp.seconds(7.5, 10) == pytest.approx(1.0)
    assert 0 < ramp.seconds(1, 1000) < 1


def test_a_dry_run_says_what_a_console_needs() -> None:
    told = json.loads(json.dumps(dry_run(100_000, 200, PARAMETERS, item_ms=100, memory_mb=512).to_json()))
    assert (told["items"], told["chunks"], told["write_units"], told["warnings"]) == (100_000, 200, 403, [])
    assert told["expected_cost_usd"] == pytest.approx(sum(told["cost_breakdown_usd"].values()), rel=0.01)
    assert told["cost_breakdown_usd"]["coordination"] == pytest.approx(sum(told["coordination_usd"].values()), rel=0.01)
    assert 25 < told["expected_seconds"] < 60


def test_a_dry_run_of_a_queue_has_the_workers_that_it_feeds() -> None:
    queue = {**PARAMETERS, "dispatch": "queue", "concurrency": 1}
    few, fed = (
        dry_run(100_000, 200, queue, item_ms=100, memory_mb=512, queue_concurrency=workers) for workers in (None, 100)
    )
    assert fed.seconds < few.seconds / 10
    wide = dry_run(100_000, 200, PARAMETERS | {"concurrency": 1}, item_ms=100, memory_mb=512, queue_concurrency=100)
    assert wide.seconds == pytest.approx(few.seconds, rel=0.05)


def test_a_dry_run_warns_of_what_it_would_exceed() -> None:
    late = dry_run(1_000_000, 2000, {**PARAMETERS, "deadline_minutes": 2}, item_ms=None, memory_mb=256)
    assumed, deadline = late.warnings
    assert assumed == 'an item is assumed to take 100 ms: say what yours take in "item_ms"'
    assert deadline.startswith("seconds to the deadline: ")
    assert deadline.endswith(' of 120: raise "deadline_minutes" or "concurrency"')
    slow = dry_run(1000, 2, PARAMETERS, item_ms=20_000, memory_mb=256)
    assert [warning.partition(":")[0] for warning in slow.warnings] == ["seconds of a chunk"]
    large = dry_run(100_000_000, 20_000, {**PARAMETERS, "concurrency": 1000}, item_ms=10, memory_mb=256)
    assert "bytes of ids on plan's disk" in " ".join(large.warnings)


def test_importing_the_dry_run_imports_no_client() -> None:
    program = (
        "import sys, tallygate.batch; before = set(sys.modules); import tallygate.batch.cost.dry_run;"
        "print(*sorted(name.partition('.')[0] for name in set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": f"{ROOT}/layers"},
    )
    assert set(done.stdout.split()) <= {"tallygate"}

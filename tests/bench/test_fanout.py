"""The fan-out's benchmark: its parts that need no deployment, in a small size, and its instruments."""

import json
import os
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient
from rich.console import Console

from bench.fanout import counted, deployed, flights, shards, targets, undeployed
from bench.fanout.aims import Aim, aims_table, status
from bench.fanout.burst import Burst
from bench.fanout.consumer import deliver, delivery
from bench.fanout.latency import Latency, Spread, spread
from bench.fanout.on_emulator import OnEmulator
from bench.fanout.tables import of_deployed, of_undeployed
from bench.fanout.undeployed import Sizes, Undeployed
from bench.store.streams import client
from tallygate.projections.memory import MemoryRows

pytestmark = pytest.mark.long

TINY = Sizes(per_batch=(1, 2), streams=3, flights=2000, sample=600, times=1)
MS = Spread(1.0, 2.0, 3.0, 4.0)


@pytest.fixture(scope="module")
def endpoint(dynamodb_local_client: DynamoDBClient) -> str:
    return dynamodb_local_client.meta.endpoint_url


@pytest.fixture(scope="module")
def found(endpoint: str) -> Undeployed:
    return undeployed.measure(endpoint, TINY)


def printed(*shown: Any) -> str:
    told = StringIO()
    Console(width=200, file=told).print(*shown)
    return " ".join(told.getvalue().split())


def missed(aims: Any) -> list[str]:
    return [aim.what for aim in aims if not aim.met and aim.must]


class CarelessUnits(counted.SharedUnits):
    """Overlooks every tenth put."""

    def _note(self, model: Any, parsed: dict[str, Any], **more: object) -> None:
        if model.name == "PutItem" and self.calls["PutItem"] % 10 == 9:
            self.calls["PutItem"] += 1
            return
        super()._note(model, parsed, **more)


def test_units_are_those_of_one_write_for_each_stream_and_batch(found: Undeployed) -> None:
    for each, one in found.units.items():
        assert (one.write, one.read_new, one.read_warm, one.read_cold) == (1 / each, 0.0, 0.0, 1 / each)
        assert one.miscounted == 0.0
    assert missed(targets.of_undeployed(found)) == []


def test_a_miscounted_unit_is_reported(endpoint: str) -> None:
    dynamodb = client(endpoint)
    sizes = Sizes(per_batch=(1,), streams=20, flights=2000)
    units = undeployed.units_per_event(dynamodb, CarelessUnits(dynamodb), sizes)
    assert units[1].miscounted == pytest.approx(0.1)


def test_totals_are_the_files_and_their_units_those_that_were_counted(found: Undeployed) -> None:
    totals = found.totals
    assert totals.wrong == 0
    assert totals.told_units == totals.read_units >= totals.modelled_units > 0
    assert totals.many_units == pytest.approx(1e6 * totals.bytes_per_row / 8192)
    assert totals.cached_units == 1.0


def test_every_part_is_told(found: Undeployed) -> None:
    text = printed(*of_undeployed(found))
    for told in ("process just started", "a million such streams", "rows in DynamoDB Local", "fullest shard"):
        assert told in text
    assert json.dumps(found.shards[4].least)
    assert 0 < found.cpu.one_thread < found.cpu.dynamodb


def test_a_batch_that_is_not_applied_is_an_error() -> None:
    consumer, records = delivery(MemoryRows()), flights.records(flights.first_commits(3))
    deliver(consumer, records)
    with pytest.raises(RuntimeError, match="0 of 3 events were applied"):
        deliver(consumer, records)


def test_keys_are_divided_among_shards_as_kinesis_does() -> None:
    """The MD5 of `a` begins with 0c, that of `b` with 92: the ranges of two shards meet at 80."""
    assert [shards.shard_of(key, 2) for key in ("a", "b")] == [0, 1]
    assert {shards.shard_of(str(number), 4) for number in range(100)} == {0, 1, 2, 3}
    assert {shards.shard_of(str(number), 1) for number in range(100)} == {0}


@pytest.mark.parametrize(("found", "at_least", "met"), [(1.0, False, True), (1.1, False, False), (1.1, True, True)])
def test_an_aim_is_met_up_to_its_bound(*, found: float, at_least: bool, met: bool) -> None:
    assert Aim("units", found, 1.0, at_least=at_least).met is met


def test_no_number_meets_no_aim() -> None:
    assert not Aim("units", float("nan"), 1.0).met
    assert not Aim("units", float("nan"), 1.0, at_least=True).met


def test_a_missed_aim_is_reported_and_a_missed_must_fails_the_run() -> None:
    aims = [Aim("units", 0.5, 1.0), Aim("dollars", 2.0, 1.0, must=False)]
    assert status(aims) == 0
    assert [word in printed(aims_table(aims)) for word in ("missed", "MISSED")] == [True, False]
    aims.append(Aim("events a second", 299.0, 300.0, at_least=True))
    assert status(aims) == 1
    assert "MISSED" in printed(aims_table(aims))


def test_a_slow_or_fat_or_wrong_drain_is_a_missed_must() -> None:
    latency = Latency(10, 50.0, 4, 3, MS, MS, MS, MS, MS)

    def burst(seconds: float, peak: float, behind: int) -> Burst:
        took, used, peaks = ({"fleet-1": 1.0, "routes-1": one} for one in (seconds, 1.0, peak))
        return Burst(3000, 9, took, used, peaks, 1.0, behind)

    good, bad = burst(10.0, 256.0, 0), burst(10.1, 256.1, 1)
    assert missed(targets.of_deployed(OnEmulator(900.0, latency, {"one": good}))) == []
    assert len(missed(targets.of_deployed(OnEmulator(900.0, latency, {"one": bad})))) == 3
    slow = Latency(10, 48.0, 4, 3, Spread(301, 0, 2001, 0), MS, MS, MS, MS)
    assert len(missed(targets.of_deployed(OnEmulator(900.0, slow, {})))) == 3
    text = printed(*of_deployed(OnEmulator(900.0, latency, {"one": good})))
    assert "4 consumers deployed, 3 of them" in text
    assert "900 bare puts a second" in text
    assert (good.per_second, good.applied_per_second, good.puts_per_second) == (300.0, 600.0, 600.0)


def test_the_log_is_read_on_from_where_it_was_read_to(tmp_path: Path) -> None:
    path = tmp_path / "handlers.log"
    log = deployed.Log(path)
    assert list(log.lines()) == []
    line = {
        "message": "applied",
        "consumer": "fleet-1",
        "applied": "1970-01-01T00:00:01.500Z",
        "streams": [{"stream": "aircraft-1", "before": 2, "version": 5}],
    }
    text = f"function id {json.dumps(line, separators=(',', ':'))}\n"
    path.write_text(f"function id something else\n{text}{text[:-1]}")  # the last line is being written
    heard = list(log.lines())
    assert [(one.consumer, one.at, one.streams) for one in heard] == [("fleet-1", 1.5, {"aircraft-1": (2, 5)})]
    assert deployed.progress(heard) == {"fleet-1": 3}
    with path.open("a") as more:
        more.write("\n")
    assert len(list(log.lines())) == 1
    assert list(log.lines()) == []


def test_a_process_is_measured() -> None:
    before = deployed._process(os.getpid())
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
    after = deployed._process(os.getpid())
    assert after.peak_mb >= before.peak_mb > 1
    assert 0.05 < after.cpu_seconds - before.cpu_seconds < 2


def test_percentiles_are_in_milliseconds() -> None:
    assert spread([number / 1000 for number in range(101)]) == Spread(50.0, 95.0, 99.0, 100.0)

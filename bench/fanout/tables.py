"""What was measured, as tables."""

from collections.abc import Iterator, Mapping

from rich.table import Table

from bench.fanout.cpu import Cpu
from bench.fanout.latency import Latency
from bench.fanout.on_emulator import OnEmulator
from bench.fanout.shards import Bounds, Inputs
from bench.fanout.totals import Folded
from bench.fanout.undeployed import Undeployed
from bench.fanout.units import PerEvent


def of_undeployed(found: Undeployed) -> Iterator[Table]:
    """Units, totals, processor time, shards."""
    yield _units(found.units)
    yield _totals(found.totals)
    yield _cpu(found.cpu)
    yield _shards(found.shards, found.inputs)


def of_deployed(found: OnEmulator) -> Iterator[Table]:
    """Latency, bursts."""
    yield _latency(found.latency)
    yield _bursts(found)


def _units(found: Mapping[int, PerEvent]) -> Table:
    columns = ("of a stream in a batch", "write", "read, new streams", "read, rows known", "read, process just started")
    table = Table(*columns, title="request units per event, totals on")
    for each, one in found.items():
        table.add_row(str(each), *(f"{units:.3f}" for units in (one.write, one.read_new, one.read_warm, one.read_cold)))
    return table


def _totals(one: Folded) -> Table:
    table = Table("", "", title=f"totals of {one.streams:,} streams")
    table.add_row("bytes a row, on average; the largest", f"{one.bytes_per_row:.0f}; {one.largest_row:.0f}")
    table.add_row("read units of a fold; by the bytes alone", f"{one.read_units:g}; {one.modelled_units:.1f}")
    table.add_row("seconds of a fold", f"{one.seconds:.2f}")
    table.add_row("read units of a cached read", f"{one.cached_units:g}")
    table.add_row("a million such streams, read units (model)", f"{one.many_units:,.0f} = ${one.many_dollars:.4f}")
    return table


def _cpu(one: Cpu) -> Table:
    table = Table("", "µs", title=f"processor time of fleet-1 per event, batches of 500 in {one.streams:.0f} streams")
    table.add_row("rows in memory", f"{one.memory:.0f}")
    table.add_row("  the same in one thread", f"{one.one_thread:.0f}")
    table.add_row("rows in DynamoDB Local", f"{one.dynamodb:.0f}")
    table.add_row("  the same in one thread", f"{one.dynamodb_one_thread:.0f}")
    for function in one.functions[:5]:
        table.add_row(f"  {function}", "")
    return table


def _shards(found: Mapping[int, Bounds], given: Inputs) -> Table:
    title = (
        f"events a second at most, a model: {given.bytes_per_record:.0f} B a record, {given.cpu_us:.0f} µs an event, "
        f"{given.consumers} consumers of {given.memory_mb} MB, {given.parallelization} at a time"
    )
    columns = ("shards", "1,000 records/s", "1 MB/s in", "2 MB/s out", "processor", "first bound")
    table = Table(*columns, "units an event", "streams a batch", "fullest shard", title=title)
    for shards, one in found.items():
        rates = (one.by_records, one.by_bytes_in, one.by_bytes_out, one.by_processor, one.least)
        rest = (f"{one.units_per_event:.2f}", f"{one.streams_per_batch:.0f}", f"{one.largest_share:.0%}")
        table.add_row(str(shards), *(f"{rate:,.0f}" for rate in rates), *rest)
    return table


def _latency(one: Latency) -> Table:
    title = (
        f"from put to view: {one.events:,} events at {one.per_second:.1f}/s, {one.consumers} consumers deployed, "
        f"{one.woken} of them follow these streams; ms"
    )
    table = Table("", "p50", "p95", "p99", "most", title=title)
    spreads = {
        "seen by a reader": one.seen,
        "applied, by the consumer's log": one.logged,
        "the same while no reader polls": one.unpolled,
        "the reader's interval": one.interval,
        "the reader's answer": one.answer,
    }
    for name, spread in spreads.items():
        table.add_row(name, *(f"{ms:.0f}" for ms in (spread.p50, spread.p95, spread.p99, spread.most)))
    return table


def _bursts(found: OnEmulator) -> Table:
    title = f"a backlog drained; the emulator takes {found.raw_puts:.0f} bare puts a second at most"
    columns = ("", "seconds", "events/s", "rows put/s", "write units an event", "processor time, µs an event")
    table = Table(*columns, "peak memory, MB", title=title)
    for name, one in found.bursts.items():
        what = f"{name}: {one.events:,} events of {one.streams:,} streams"
        table.add_row(what, "", f"{one.per_second:.0f}", f"{one.puts_per_second:.0f}", f"{one.write_units:.2f}")
        for consumer, seconds in one.seconds.items():
            cpu, peak = f"{one.cpu_us[consumer]:.0f}", f"{one.peak_mb[consumer]:.0f}"
            table.add_row(f"  {consumer}", f"{seconds:.1f}", f"{one.events / seconds:.0f}", "", "", cpu, peak)
    return table

"""What the figures must come to: one list for what runs on DynamoDB Local, one for what is deployed."""

from collections.abc import Iterator

from bench.fanout.aims import Aim
from bench.fanout.latency import PER_SECOND
from bench.fanout.on_emulator import OnEmulator
from bench.fanout.undeployed import Undeployed

WRITE_UNITS = {1: 1.0, 5: 0.25, 50: 0.03}
AIMED_AT = {5: 0.2}
FLEET_UNITS, MANY_DOLLARS, CACHED_UNITS = 59, 0.002, 1  # as the design has them
P50_MS, P99_MS = 300, 2000
PER_SECOND_DRAINED, WORKER_MB = 300, 256
TOGETHER = "all together"


def of_undeployed(found: Undeployed) -> Iterator[Aim]:
    """Units and totals."""
    for each, one in found.units.items():
        what = f"write units an event, {each} of a stream in a batch"
        yield Aim(what, one.write, WRITE_UNITS.get(each, 1.0))
        if each in AIMED_AT:
            yield Aim(what, one.write, AIMED_AT[each], must=False)
        yield Aim(f"  counted and by the rows' sizes, apart by ({each})", one.miscounted, 0.0)
        yield Aim(f"  read units an event, rows known ({each})", one.read_warm, 0.0)
    totals = found.totals
    yield Aim(f"totals of {totals.streams:,} streams, names that differ from the file's", totals.wrong, 0)
    yield Aim("  read units told and counted, apart by", abs(totals.told_units - totals.read_units), 0)
    yield Aim(f"  read units of a fold of {totals.streams:,}", totals.read_units, FLEET_UNITS, must=False)
    yield Aim("  a fold of a million", totals.many_dollars, MANY_DOLLARS, "$", must=False)
    yield Aim("  read units of a cached read", totals.cached_units, CACHED_UNITS, must=False)


def of_deployed(found: OnEmulator) -> Iterator[Aim]:
    """Latency, draining, memory."""
    latency = found.latency
    yield Aim("events a second that were kept up", latency.per_second, 0.98 * PER_SECOND, at_least=True)
    yield Aim("put to view visible, p50", latency.seen.p50, P50_MS, "ms")
    yield Aim("put to view visible, p99", latency.seen.p99, P99_MS, "ms")
    for name, one in found.bursts.items():
        what = f"backlog of {one.events:,} drained, {name}"
        # All of them at once share two processors with the emulator: that figure says nothing of Lambda.
        yield Aim(f"{what}, events a second", one.per_second, PER_SECOND_DRAINED, at_least=True, must=name != TOGETHER)
        yield Aim("  rows that are not at their head then", one.behind, 0)
        yield Aim("  largest peak of a consumer's memory", max(one.peak_mb.values()), WORKER_MB, "MB")

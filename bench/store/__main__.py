"""`python -m bench.store`: measure, print, write `bench/results/store.json`; exit 1 where a bound is missed."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from mypy_boto3_dynamodb import DynamoDBClient
from rich.console import Console
from rich.table import Table

from bench.store import costs, overhead
from bench.store.hot import WRITERS, Hot, hot
from bench.store.overhead import LOADS, Overhead
from bench.store.streams import client
from bench.store.targets import Target
from bench.store.units import Units
from local.dynamodb_local import DynamoDBLocal
from local.paths import ROOT

RESULT = ROOT / "bench" / "results" / "store.json"


def main() -> int:
    """Run everything on one DynamoDB Local; about two minutes."""
    console = Console(width=110 if not sys.stdout.isatty() else None, highlight=False)
    with DynamoDBLocal() as server:
        overheads = _overheads(client(server.endpoint))
        console.print(_overhead_table(overheads))
        dynamodb = client(server.endpoint)
        units = Units(dynamodb)
        appends, reads = costs.appends(dynamodb, units), costs.reads(dynamodb, units)
        snapshots = costs.amortised(dynamodb, units)
        _print_costs(console, appends, reads, snapshots)
        streams = {grouped: {n: hot(dynamodb, units, n, grouped=grouped) for n in WRITERS} for grouped in (False, True)}
        console.print(_hot_table(streams))
    targets = _targets(overheads, reads, snapshots, streams)
    for target in targets:
        console.print(str(target))
    result = {
        "overhead": {name: asdict(one) | {"ratio": one.ratio} for name, one in overheads.items()},
        "append_units": appends,
        "reads": {name: asdict(one) for name, one in reads.items()},
        "snapshots_over_none": snapshots,
        "hot": {"grouped" if g else "single": {n: asdict(one) for n, one in row.items()} for g, row in streams.items()},
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    return 0 if all(target.met for target in targets) else 1


def _overheads(dynamodb: DynamoDBClient) -> dict[str, Overhead]:
    loads = {f"load of {commits:,} commits": overhead.load(dynamodb, commits) for commits in LOADS}
    return {"append of 200 B": overhead.append(dynamodb)} | loads


def _targets(
    overheads: dict[str, Overhead],
    reads: dict[str, costs.Read],
    snapshots: dict[str, float],
    streams: dict[bool, dict[int, Hot]],
) -> Sequence[Target]:
    append, *loads = overheads.items()
    most = max(WRITERS)
    return (
        Target(f"{append[0]}, over put_item", append[1].ratio, 1.15),
        Target(f"{append[0]}, processor time over put_item, µs", append[1].cpu_us, 150),
        *(Target(f"{name}, over the paged query", one.ratio, 1.25) for name, one in loads),
        Target("read units of a warm load", reads["warm"].units, 1.0),
        *(Target(f"write units with snapshots over none, {name}", ratio, 2.0) for name, ratio in snapshots.items()),
        Target(
            f"{most} writers, commands a second over those without group commit",
            streams[True][most].per_second / streams[False][most].per_second,
            8,
            at_least=True,
        ),
        Target(f"{most} writers, write units a command", streams[True][most].units, 0.3),
    )


def _overhead_table(overheads: dict[str, Overhead]) -> Table:
    table = Table("", "ours, ms", "bare boto3, ms", "ratio", "processor time more, µs", title="medians, calls in turns")
    for name, one in overheads.items():
        table.add_row(name, f"{one.ours_ms:.2f}", f"{one.bare_ms:.2f}", f"{one.ratio:.2f}", f"{one.cpu_us:,.0f}")
    return table


def _print_costs(
    console: Console, appends: dict[str, dict[int, float]], reads: dict[str, costs.Read], snapshots: dict[str, float]
) -> None:
    table = Table("one event a commit", *(f"{size:,} B" for size in costs.SIZES), title="write units of an append")
    for kind, row in appends.items():
        table.add_row(kind, *(f"{units:g}" for units in row.values()))
    console.print(table)
    table = Table("", "read units", "round trips", "ms", title=f"a stream of {costs.EVENTS:,} events of 200 B")
    for name, read in reads.items():
        table.add_row(name, f"{read.units:g}", f"{read.round_trips:g}", f"{read.ms:.1f}")
    console.print(table)
    for name, ratio in snapshots.items():
        console.print(f"write units of {costs.EVENTS:,} commits with snapshots of {name}, over none: {ratio:.2f}")


def _hot_table(streams: dict[bool, dict[int, Hot]]) -> Table:
    columns: list[Any] = ["writers", "alone, commands/s", "units each", "grouped, commands/s", "units each", "ratio"]
    table = Table(*columns, title="one hot stream, commands of 200 B")
    for writers in WRITERS:
        single, grouped = streams[False][writers], streams[True][writers]
        table.add_row(
            str(writers),
            f"{single.per_second:,.0f}",
            f"{single.units:.2f}",
            f"{grouped.per_second:,.0f}",
            f"{grouped.units:.2f}",
            f"{grouped.per_second / single.per_second:.1f}",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())

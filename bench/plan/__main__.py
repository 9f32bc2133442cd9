"""`python -m bench.plan`: measure, print, write `bench/results/plan.json`; exit 1 where a bound is missed."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from bench.plan.fresh import CHUNK_SIZE, Taken, taken
from bench.plan.manifests import GROUPS, KINDS, PLAIN
from bench.store.targets import Target
from local.paths import ROOT

LINES, MANY = 1_000_000, 10_000_000
GROUPED = "CSV with group_by, rewritten"
LAMBDA_CORE = 0.3  # of 512 MB: a function has a core at 1,769 MB
PER_SECOND, MEMORY_MB, SECONDS = 150_000, 512, 900
RESULT = ROOT / "bench" / "results" / "plan.json"


def main() -> int:
    """Plan each kind in a process of its own; three minutes."""
    console = Console(width=130 if not sys.stdout.isatty() else None, highlight=False)
    measured = {kind: [taken(kind, LINES)] for kind in KINDS}
    for kind in (PLAIN, GROUPED):
        measured[kind].append(taken(kind, MANY))
    console.print(_table(measured))
    targets = _targets(measured)
    for target in targets:
        console.print(str(target))
    result = {
        kind: [asdict(one) | {"per_second": one.per_second, "lambda_seconds": _lambda_seconds(one)} for one in row]
        for kind, row in measured.items()
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"chunk_size": CHUNK_SIZE, "groups": GROUPS, "plans": result}, indent=1) + "\n")
    return 0 if all(target.met for target in targets) else 1


def _lambda_seconds(one: Taken) -> float:
    """What 10 million such lines take in the function, if they take its processor alone."""
    return MANY / one.per_second / LAMBDA_CORE


def _targets(measured: dict[str, list[Taken]]) -> Sequence[Target]:
    plain = measured[PLAIN]
    return (
        *(
            Target(f"lines a second and core, {PLAIN}, {one.lines:,} lines", one.per_second, PER_SECOND, at_least=True)
            for one in plain
        ),
        *(
            Target(f"MB at {one.lines:,} lines, {kind}", one.peak_mb, MEMORY_MB)
            for kind, row in measured.items()
            for one in row
        ),
        *(
            Target(f"seconds in the function for {MANY:,} lines, {kind}", _lambda_seconds(row[-1]), SECONDS)
            for kind, row in measured.items()
        ),
    )


def _table(measured: dict[str, list[Taken]]) -> Table:
    title = f"processor time of a plan, chunks of {CHUNK_SIZE:,}; the function has {LAMBDA_CORE} of a core"
    table = Table(
        "manifest",
        "lines",
        "lines/s, one core",
        "peak, MB",
        "scratch disk, MB",
        f"{MANY // 10**6} million in the function, s",
        title=title,
    )
    for kind, row in measured.items():
        for one in row:
            table.add_row(
                kind,
                f"{one.lines:,}",
                f"{one.per_second:,.0f}",
                f"{one.peak_mb:.0f}",
                f"{one.scratch_mb:.0f}",
                f"{_lambda_seconds(one):.0f}",
            )
    return table


if __name__ == "__main__":
    sys.exit(main())

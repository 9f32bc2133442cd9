"""`python -m bench.compression`: print the tables and write `bench/results/compression.json`."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from bench.compression.candidates import Candidate, candidates
from bench.compression.commits import training, workloads
from bench.compression.measures import Measure, import_ms, measure
from local.paths import ROOT

RESULT = ROOT / "bench" / "results" / "compression.json"
Results = dict[str, dict[str, Measure]]  # by workload, by candidate
Tell = Callable[[Measure], str]


def main() -> int:
    """Measure everything; half a minute."""
    console = Console(width=150 if not sys.stdout.isatty() else None, highlight=False)
    ways = candidates(training())
    results: Results = {}
    for name, commits in workloads().items():
        results[name] = {way.name: measure(way, commits) for way in ways}
    imports = {way.name: import_ms(way.module) for way in ways}
    console.print(_table(results, ways, "write units of a commit", lambda one: f"{one.units:.2f}"))
    console.print(_table(results, ways, "bytes of its events", lambda one: f"{one.size:,.0f}"))
    console.print(
        _table(results, ways, "µs to compress / decompress", lambda m: f"{m.compress_us:.0f} / {m.decompress_us:.0f}")
    )
    console.print("import, ms: " + ", ".join(f"{name} {ms:.1f}" for name, ms in imports.items()))
    written = {name: {way: asdict(one) for way, one in row.items()} for name, row in results.items()}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"import_ms": imports, "commits": written}, indent=1) + "\n")
    return 0


def _table(results: Results, ways: list[Candidate], title: str, tell: Tell) -> Table:
    table = Table("commit", *(way.name for way in ways), title=title)
    for name, row in results.items():
        table.add_row(name, *(tell(row[way.name]) for way in ways))
    return table


if __name__ == "__main__":
    sys.exit(main())

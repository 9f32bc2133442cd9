"""`python -m bench.imports`: what each function's cold start takes; exit 1 where one is over its budget.

`RUNS=n` is how many processes of each are measured, 15 unless it is said.
"""

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from bench.imports import event_store, report
from bench.imports.measures import BUDGET_MS, in_turns, programs, starts
from bench.imports.places import Places
from local.paths import ROOT

RESULT = ROOT / "bench" / "results" / "imports.json"


def main() -> int:
    """Build what is deployed, run it in turns, print and keep what it took."""
    console = Console(width=120 if not sys.stdout.isatty() else None, highlight=False)
    runs = int(os.environ.get("RUNS", "15"))
    with TemporaryDirectory(prefix="imports-") as folder:
        places = Places.make(Path(folder))
        found = programs(places)
        took = in_turns(found, runs=runs)
        load = os.getloadavg()[1]
        measured = starts(places, found, took)
        parts = {function.code for function in places.functions} | set(places.layers.values())
        sizes = {part: places.size(part) for part in parts}
        console.print(
            f"Python {places.version}, the least of {runs} new processes each, in turns, load {load:.1f}; "
            f"bare is boto3 and a client: {took['bare'].cpu_ms:.0f} ms of processor time"
        )
        console.print(report.starts_table(measured, places, sizes))
        console.print(report.layers_table(places, sizes))
        console.print(report.slowest_table(max(measured, key=lambda start: start.more_ms)))
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(report.kept(measured, places, sizes, took, load), indent=1) + "\n")
    store = report.store_ms(took)
    console.print(
        f"the event store alone: {store[event_store.WITH]:.0f} ms more (budget {event_store.BUDGET_MS:.0f}, aim "
        f"{event_store.AIM_MS:.0f}), {store[event_store.WITHOUT]:.0f} without bytecode"
    )
    over = [start.functions[0] for start in measured if not start.fits]
    if store[event_store.WITH] > event_store.BUDGET_MS:
        over.append(event_store.WITH)
    console.print(f"OVER the budget: {', '.join(over)}" if over else f"all within the budget of {BUDGET_MS:.0f} ms")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())

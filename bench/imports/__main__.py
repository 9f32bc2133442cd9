"""`python -m bench.imports`: print what the library's import takes; exit 1 where it is over the budget."""

import json
import sys
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.imports.fresh import Layer, Timing, layer
from local.paths import ROOT

BUDGET_MS, AIM_MS = 40.0, 30.0
RUNS = 21
SHOWN = 15
RESULT = ROOT / "bench" / "results" / "imports.json"


def main() -> int:
    """Time both kinds of layer in turns; the budget is for the one that is shipped, without bytecode."""
    console = Console(width=100 if not sys.stdout.isatty() else None, highlight=False)
    with layer(compiled=False) as shipped, layer(compiled=True) as compiled:
        timings = _in_turns([shipped, compiled])
        modules = shipped.modules()
    table = Table("layer", "boto3 and a client, ms", "the library after them, ms", title=f"median of {RUNS} processes")
    for one, found in timings.items():
        table.add_row(_name(one), f"{_ms(found, 'baseline'):.0f}", f"{_ms(found, 'library'):.1f}")
    console.print(table)
    console.print(_modules(modules))
    measured = {
        _name(one): {part: _ms(found, part) for part in ("baseline", "library")} for one, found in timings.items()
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"runs": RUNS, "ms": measured, "modules_ms": modules}, indent=1) + "\n")
    took = _ms(timings[shipped], "library")
    verdict = "within" if took <= BUDGET_MS else "OVER"
    console.print(f"{took:.1f} ms, {verdict} the budget of {BUDGET_MS:.0f} ms (aim {AIM_MS:.0f})")
    return 0 if took <= BUDGET_MS else 1


def _in_turns(layers: list[Layer]) -> dict[Layer, list[Timing]]:
    timings: dict[Layer, list[Timing]] = {one: [] for one in layers}
    for _ in range(RUNS):
        for one in layers:
            timings[one].append(one.time())
    return timings


def _ms(timings: list[Timing], part: str) -> float:
    return 1000 * median(getattr(one, part) for one in timings)


def _name(one: Layer) -> str:
    return "with bytecode" if one.compiled else "as shipped, without bytecode"


def _modules(modules: dict[str, float]) -> Table:
    table = Table("module", "ms by itself", title=f"the {SHOWN} slowest of {len(modules)} imports, one process")
    for name, took in sorted(modules.items(), key=lambda pair: -pair[1])[:SHOWN]:
        table.add_row(name, f"{took:.1f}")
    return table


if __name__ == "__main__":
    sys.exit(main())

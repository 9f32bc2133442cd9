"""`python -m bench.imports`: print what the library's import takes; exit 1 where it is over the budget."""

import json
import sys
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.imports.fresh import BASELINE, LIBRARY, Layer, layer
from local.paths import ROOT

BUDGET_MS, AIM_MS = 40.0, 30.0
RUNS = 15
SHOWN = 15
RESULT = ROOT / "bench" / "results" / "imports.json"


def main() -> int:
    """Time both programs on both kinds of layer, in turns; the budget is for layers as they are built."""
    console = Console(width=110 if not sys.stdout.isatty() else None, highlight=False)
    with layer(compiled=True) as built, layer(compiled=False) as plain:
        timings = _in_turns([(one, program) for one in (built, plain) for program in (BASELINE, LIBRARY)])
        modules = built.modules()
    table = Table("layer", "boto3 and a client, ms", "the event store with them, ms", "more, ms")
    measured = {}
    for one, name in ((built, "with bytecode, as built"), (plain, "without bytecode")):
        bare, ours = timings[one, BASELINE], timings[one, LIBRARY]
        measured[name] = {"bare_ms": bare, "library_ms": ours, "more_ms": ours - bare}
        table.add_row(name, f"{bare:.0f}", f"{ours:.0f}", f"{ours - bare:.1f}")
    console.print(f"medians of {RUNS} new processes each, in turns")
    console.print(table)
    console.print(_modules(modules))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"runs": RUNS, "layers": measured, "modules_ms": modules}, indent=1) + "\n")
    more = timings[built, LIBRARY] - timings[built, BASELINE]
    verdict = "within" if more <= BUDGET_MS else "OVER"
    console.print(f"{more:.1f} ms more, {verdict} the budget of {BUDGET_MS:.0f} ms (aim {AIM_MS:.0f})")
    return 0 if more <= BUDGET_MS else 1


def _in_turns(kinds: list[tuple[Layer, str]]) -> dict[tuple[Layer, str], float]:
    seconds: dict[tuple[Layer, str], list[float]] = {kind: [] for kind in kinds}
    for _ in range(RUNS):
        for one, program in kinds:
            seconds[one, program].append(one.seconds(program))
    return {kind: 1000 * median(found) for kind, found in seconds.items()}


def _modules(modules: dict[str, float]) -> Table:
    total = sum(modules.values())
    title = f"the {SHOWN} slowest of {len(modules)} modules that only the library imports, {total:.0f} ms in all"
    table = Table("module", "ms by itself", title=title)
    for name, took in sorted(modules.items(), key=lambda pair: -pair[1])[:SHOWN]:
        table.add_row(name, f"{took:.1f}")
    return table


if __name__ == "__main__":
    sys.exit(main())

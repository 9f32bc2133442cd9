"""The tables that `make bench-import` prints, and what it keeps."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from bench.imports import event_store
from bench.imports.fresh import Took
from bench.imports.measures import AIM_MS, BUDGET_MS, Start
from bench.imports.places import LIMIT_MB, Places, Size

MEGABYTE = 1024 * 1024


def starts_table(starts: Sequence[Start], places: Places, sizes: Mapping[str, Size]) -> Table:
    """One row for each kind of function."""
    table = Table("function", "ms over bare", "untraced", "on the clock", "modules", "code", "with layers", "budget")
    of = {function.name: function for function in places.functions}
    for start in starts:
        function = of[start.functions[0]]
        parts = [function.code, *(places.layers[layer] for layer in function.layers)]
        unzipped = sum(sizes[part].unzipped for part in parts) / MEGABYTE
        more = len(start.functions) - 1
        verdict = "aim" if start.more_ms <= AIM_MS else "within" if start.fits else "OVER"
        table.add_row(
            start.functions[0] + (f" (+{more})" if more else ""),
            f"{start.more_ms:.0f}",
            f"{start.untraced_ms:.0f}",
            f"{start.more_wall_ms:.0f}",
            f"+{start.modules}",
            f"{sizes[function.code].unzipped / 1024:.1f} KB",
            f"{unzipped:.0f} of {LIMIT_MB} MB",
            verdict,
        )
    return table


def layers_table(places: Places, sizes: Mapping[str, Size]) -> Table:
    """One row for each layer."""
    table = Table("layer", "zipped", "unzipped")
    for name, digest in places.layers.items():
        size = sizes[digest]
        table.add_row(name, f"{size.zipped / MEGABYTE:.2f} MB", f"{size.unzipped / MEGABYTE:.2f} MB")
    return table


def slowest_table(start: Start) -> Table:
    """The slowest modules of one function, which bare does not import."""
    table = Table("module", "ms by itself", title=f"the slowest of the modules that {start.functions[0]} adds")
    for name, took in start.slowest.items():
        table.add_row(name, f"{took:.1f}")
    return table


def store_ms(took: Mapping[str, Took]) -> dict[str, float]:
    """What the event store takes over bare, with bytecode and without."""
    return {name: took[name].cpu_ms - took["bare"].cpu_ms for name in (event_store.WITH, event_store.WITHOUT)}


def kept(
    starts: Sequence[Start], places: Places, sizes: Mapping[str, Size], took: Mapping[str, Took], load: float
) -> dict[str, Any]:
    """What goes to `bench/results/imports.json`."""
    return {
        "python": places.version,
        "load": round(load, 1),
        "bare_ms": round(took["bare"].cpu_ms, 1),
        "budget_ms": BUDGET_MS,
        "functions": {start.functions[0]: _kept(start) for start in starts},
        "layers": {
            name: {"zipped": sizes[digest].zipped, "unzipped": sizes[digest].unzipped}
            for name, digest in places.layers.items()
        },
        "event_store_ms": {name: round(more, 1) for name, more in store_ms(took).items()},
    }


def _kept(start: Start) -> dict[str, Any]:
    return {
        "alike": list(start.functions[1:]),
        "more_ms": round(start.more_ms, 1),
        "more_wall_ms": round(start.more_wall_ms, 1),
        "untraced_ms": round(start.untraced_ms, 1),
        "modules": start.modules,
        "slowest_ms": {name: round(took, 1) for name, took in start.slowest.items()},
    }

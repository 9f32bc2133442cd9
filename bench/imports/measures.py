"""What is measured of each function, in turns, and whether it is within the budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.imports import event_store
from bench.imports.deployed import DeployedFunction
from bench.imports.fresh import Fresh, Took
from bench.imports.places import BARE, Places

BUDGET_MS, AIM_MS = 150.0, 100.0
UNTRACED = {"POWERTOOLS_TRACE_DISABLED": "true"}
Program = tuple[Fresh, str]


@dataclass(frozen=True, kw_only=True)
class Start:
    """A function's cold start beyond the bare runtime's.

    Parameters
    ----------
    functions : tuple of str
        Those that import the same code from the same layers; the first was measured.
    more_ms, more_wall_ms : float
        Beyond bare: processor time, which others on the machine disturb least, and time on the clock.
    untraced_ms : float
        The first, without tracing.
    modules : int
        That the bare runtime has not.
    slowest : mapping of str to float
        Milliseconds that each of them takes by itself, telling them included.
    """

    functions: tuple[str, ...]
    more_ms: float
    more_wall_ms: float
    untraced_ms: float
    modules: int
    slowest: Mapping[str, float]

    @property
    def fits(self) -> bool:
        """Within the budget."""
        return self.more_ms <= BUDGET_MS


def kinds(functions: Sequence[DeployedFunction]) -> list[list[DeployedFunction]]:
    """Functions, by what they import: the same code from the same layers."""
    found: dict[object, list[DeployedFunction]] = {}
    for function in functions:
        found.setdefault((function.code, function.layers), []).append(function)
    return list(found.values())


def programs(places: Places) -> dict[str, Program]:
    """All that is run: bare, each kind of function as its stack sets it and without tracing, and the event store."""
    found: dict[str, Program] = {"bare": (places.bare(), BARE)}
    for function, *_ in kinds(places.functions):
        found[function.name] = (places.of(function), f"import {function.handler}")
        found[_untraced(function)] = (places.of(function, **UNTRACED), f"import {function.handler}")
    for name, fresh in event_store.places(places).items():
        found[name] = (fresh, event_store.PROGRAM)
    return found


def in_turns(found: Mapping[str, Program], *, runs: int) -> dict[str, Took]:
    """The least of so many new processes for each program, one of each in a turn.

    What else runs on a machine only ever adds, and unevenly: medians of programs that differ by a tenth came out either
    way round (the same advice: `timeit.repeat` in Python's documentation).
    """
    took: dict[str, list[Took]] = {name: [] for name in found}
    for _ in range(runs):
        for name, (fresh, program) in found.items():
            took[name].append(fresh.took(program))
    return {name: _least(results) for name, results in took.items()}


def starts(places: Places, found: Mapping[str, Program], took: Mapping[str, Took]) -> list[Start]:
    """What each kind of function takes beyond bare."""
    bare = took["bare"]
    known = places.bare().imports(BARE)
    return [
        Start(
            functions=tuple(function.name for function in alike),
            more_ms=took[alike[0].name].cpu_ms - bare.cpu_ms,
            more_wall_ms=took[alike[0].name].wall_ms - bare.wall_ms,
            untraced_ms=took[_untraced(alike[0])].cpu_ms - bare.cpu_ms,
            modules=took[alike[0].name].modules - bare.modules,
            slowest=_slowest(found[alike[0].name], known),
        )
        for alike in kinds(places.functions)
    ]


def _slowest(program: Program, known: Mapping[str, float], *, shown: int = 12) -> dict[str, float]:
    fresh, code = program
    more = {name: took for name, took in fresh.imports(code).items() if name not in known}
    return dict(sorted(more.items(), key=lambda pair: -pair[1])[:shown])


def _untraced(function: DeployedFunction) -> str:
    return f"{function.name}, untraced"


def _least(results: Sequence[Took]) -> Took:
    return Took(
        wall_ms=min(took.wall_ms for took in results),
        cpu_ms=min(took.cpu_ms for took in results),
        modules=results[0].modules,
    )

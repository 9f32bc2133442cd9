"""`python -m tests.iam`: the app with roles enforced; used versus granted; each function without a permission."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from local import flights
from local.emulator.process import new_run_folder
from tests.iam.grants import used
from tests.iam.removals import removals_of
from tests.iam.scenarios import Scenarios
from tests.iam.unexercised import reason, unexplained
from tests.iam.world import World, enforced

WIDTH = 160


def main(arguments: Sequence[str]) -> int:
    """Run everything. Returns the exit status: 0 only if all was exact, and no grant is too much."""
    given = _options(arguments)
    console = Console(stderr=True, highlight=False, soft_wrap=True, width=WIDTH)
    began, folder = time.monotonic(), new_run_folder("iam")
    manifest = folder / "flights.csv"
    flights.write_manifest(manifest, given.items)
    with enforced(folder) as world:
        console.print(f"deployed, and roles enforced: {time.monotonic() - began:.0f} s")
        problems = try_everything(world, manifest, console)
    for problem in dict.fromkeys(problems):
        console.print(f"NOT AS IT MUST BE: {problem}"[:2000], markup=False)
    verdict = f"NOT as it must be, logs are in {folder}" if problems else "exact, with roles enforced"
    console.print(f"{time.monotonic() - began:.0f} s: {verdict}")
    return 1 if problems else 0


def try_everything(world: World, manifest: Path, console: Console) -> list[str]:
    """The scenarios, used versus granted, the removals. Returns what was not as it must be."""
    scenarios = Scenarios(world, manifest)
    for name, scenario in scenarios.all().items():
        _timed(name, scenario, console, scenarios)
    _timed("tables, views and truth compared", lambda: scenarios.exact("with roles enforced"), console, scenarios)
    scenarios.problems += refused(world)
    for function in world.roles.functions:
        removals = removals_of(function)
        if not removals:
            scenarios.problems.append(f"{function}: which permission is taken away from it? Say so in removals.py")
        for one in removals:
            what = f"{function} without {one.action} on {one.resource_part}"
            _timed(what, partial(one.trial, scenarios, one, function), console, scenarios)
    scenarios.exact("at the end")
    return scenarios.problems + compare(world, console)


def refused(world: World) -> list[str]:
    """What a role was refused while none of its permissions was missing: nothing, if it has all that it needs."""
    roles = set(world.roles.functions.values())
    found = [one for one in world.deployment.emulator.decisions() if not one["allowed"] and one["role"] in roles]
    return [f"refused: {one['role']} {one['action']} on {one['resource']}" for one in found]


def compare(world: World, console: Console) -> list[str]:
    """Print what is granted and was never needed, with the reason; return what has none."""
    decisions, grants = world.deployment.emulator.decisions(), world.roles.grants()
    unused = set(grants) - used(grants, decisions, world.roles.functions)
    console.print(f"{len(grants)} grants of {len(world.roles.functions)} functions, {len(grants) - len(unused)} used")
    reasons: dict[str, list[str]] = {}
    for grant in sorted(unused):
        reasons.setdefault(reason(grant) or "UNEXPLAINED", []).append(f"{grant.function} {grant.action}")
    for why, those in reasons.items():
        console.print(f"  not used: {len(those)} ({why}): {', '.join(those)}", markup=False)
    return [f"granted, never used and not explained: {grant}" for grant in unexplained(unused)]


def _timed(name: str, work: Callable[[], None], console: Console, scenarios: Scenarios) -> None:
    began = time.monotonic()
    try:
        work()
    except Exception as error:  # noqa: BLE001 (the others are still to be seen)
        scenarios.problems.append(f"{name}: {type(error).__name__}: {error}")
    console.print(f"{name}: {time.monotonic() - began:.1f} s", markup=False)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.iam", description=__doc__)
    parser.add_argument("--items", type=int, default=2000, help="flight records (default %(default)s)")
    given = parser.parse_args(arguments)
    if not 1 <= given.items <= flights.ROWS:
        parser.error(f"--items is {given.items}: give 1 to {flights.ROWS} rows of the file")
    return given


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

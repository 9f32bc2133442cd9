"""`make break`: for each guard, the run that goes wrong without it."""

import sys

from rich.console import Console
from rich.table import Table

from tests.guards.breaking import GuardNotFound, Trial, try_without
from tests.guards.guards import GUARDS


def main() -> int:
    """Try all guards. Returns 0 only if each of them was proved."""
    console = Console(highlight=False)
    trials: list[Trial] = []
    for guard in GUARDS:
        console.rule(f"without {guard.name}", align="left")
        try:
            trial = try_without(guard)
        except GuardNotFound as error:
            console.print(str(error), markup=False)
            return 2
        console.print(guard.test, markup=False, style="dim")
        console.print("\n".join(trial.broken.evidence), markup=False)
        trials.append(trial)
    console.print(_table(trials))
    return 0 if all(trial.proved for trial in trials) else 1


def _table(trials: list[Trial]) -> Table:
    table = Table("guard", "test with it", "test without it", "verdict", title="restored: only copies were broken")
    for trial in trials:
        with_it, without_it = ("green" if run.passed else "red" for run in (trial.guarded, trial.broken))
        table.add_row(trial.guard.name, with_it, without_it, "proved" if trial.proved else "NOT PROVED")
    return table


if __name__ == "__main__":
    sys.exit(main())

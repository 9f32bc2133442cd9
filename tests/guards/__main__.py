"""`make break`: for each guard, the run that goes wrong without it."""

import sys

from rich.console import Console
from rich.table import Table

from tests.guards.breaking import GuardNotFound, NoVerdict, Trial, try_each
from tests.guards.guards import GUARDS


def main() -> int:
    """Try all guards. Returns 0 only if each of them was proved."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{len(GUARDS)} guards: first all their tests as they are, then each test without its guard")
    trials: list[Trial] = []
    try:
        for trial in try_each(GUARDS):
            _tell(trial, console)
            trials.append(trial)
    except (GuardNotFound, NoVerdict) as error:
        console.print(str(error), markup=False)
        return 2
    console.print(_table(trials))
    return 0 if all(trial.verdict == "proved" for trial in trials) else 1


def _tell(trial: Trial, console: Console) -> None:
    console.rule(f"without {trial.guard.name}", align="left")
    console.print(trial.guard.test, markup=False, style="dim")
    console.print("\n".join(trial.broken.evidence), markup=False)


def _table(trials: list[Trial]) -> Table:
    table = Table("guard", "with it", "without it", "verdict", title="only a copy was broken")
    for trial in trials:
        table.add_row(trial.guard.name, "green", "green" if trial.broken.passed else "red", trial.verdict)
    return table


if __name__ == "__main__":
    sys.exit(main())

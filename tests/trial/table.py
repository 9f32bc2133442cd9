"""What the trial came to, as a table."""

from rich.table import Table

from tests.trial.evidence import Generation
from tests.trial.judge import Case
from tests.trial.trial import Trial

NUMBERS = ("items", "ok", "failed", "abandoned", "batch ok", "effects", "seconds")


def result_table(trial: Trial, case: Case) -> Table:
    """A row for each generation."""
    table = Table(title=f"the trial, seed {trial.plan.seed}")
    table.add_column("generation")
    table.add_column("status")
    for name in NUMBERS:
        table.add_column(name, justify="right")
    table.add_column("note")
    for batch in case.batches.values():
        for generation in batch:
            table.add_row(*_row(trial, case, generation, last=generation is batch[-1]))
    return table


def _row(trial: Trial, case: Case, generation: Generation, *, last: bool) -> list[str]:
    report = generation.report or {}
    name = generation.batch
    counts = [f"{int(report[what]):,}" if what in report else "" for what in ("items", "ok", "failed", "abandoned")]
    ends = [f"{case.effects[name].total():,}", f"{trial.seconds.get(name, 0):.0f}", trial.notes.get(name, "")]
    so_far = f"{int(report['batch_ok']):,}" if report else ""
    return [generation.name, str(report.get("status", "open")), *counts, so_far, *(ends if last else ["", "", ""])]

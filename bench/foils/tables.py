"""The results as tables."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from bench.foils.extrapolation import Expectation
from bench.foils.outcome import Outcome
from bench.foils.simulations import Poisoned


def verdicts(runs: Sequence[Outcome], right: Mapping[str, str], title: str) -> Table:
    """Whether the count is right, whether anybody knows in time, and what it took."""
    columns = [
        "",
        *right_columns(right),
        "count",
        "finished, as told",
        "items/s",
        "calls an item",
        "writes refused",
        "SDK retries",
    ]
    table = Table(*columns, "write units an item", "read units an item", title=title)
    for run in runs:
        table.add_row(
            run.design,
            *([right[run.design]] if right else []),
            count(run),
            run.finish if run.finish == "right" else f"[bold]{run.finish}[/bold]",
            f"{run.items / run.seconds:,.0f}" if run.seconds else "-",
            f"{sum(run.calls.values()) / run.items:.3g}",
            f"{run.refusals:,}" if run.refusals else "-",
            f"{run.retries:,}" if run.retries else "-",
            f"{run.write / run.items:.3g}" if run.write else "-",
            f"{run.read / run.items:.2g}" if run.read else "-",
        )
    return table


def right_columns(right: Mapping[str, str]) -> list[str]:
    """The column that tells how many seeds were right, where several were tried."""
    return ["right in"] if right else []


def count(run: Outcome) -> str:
    """The count's verdict."""
    if run.counted < 0:
        return "[bold]none[/bold]"
    if run.wrong_by == 0:
        return "right"
    return f"[bold]WRONG[/bold] {run.wrong_by:+,} ({100 * run.wrong_by / run.items:+.1f} %)"


def expectations(runs: Sequence[Outcome], at: Mapping[str, Expectation], items: int) -> Table:
    """What a larger batch would cost, and which limit it meets first."""
    table = Table(
        "",
        "write units",
        "read units",
        "transitions",
        "counting, $",
        "with dispatch, $",
        "first limit",
        title=f"{items:,} items, by arithmetic from the run of {runs[0].items:,}",
    )
    for run in runs:
        expected = at[run.design]
        ended = expected.seconds < float("inf")
        table.add_row(
            run.design,
            f"{expected.write:,.0f}",
            f"{expected.read:,.0f}",
            f"{run.transitions * items / run.items:,.0f}" if run.transitions else "-",
            f"{expected.dollars:,.4f}" if ended else f"[bold]NEVER ENDS[/bold], {expected.dollars:,.2f} so far",
            f"{expected.dollars + expected.dispatch:,.4f}" if ended else "-",
            expected.limit,
        )
    return table


def poison(rows: Sequence[Poisoned]) -> Table:
    """What is counted where one item always fails."""
    table = Table("", "done", "counted as done", title="one item of 1,000 fails at each try, nothing else does")
    for row in rows:
        wrong = "" if row.done == row.counted else " [bold]WRONG[/bold]"
        table.add_row(row.design, f"{row.done:,}", f"{row.counted:,}{wrong}")
    return table

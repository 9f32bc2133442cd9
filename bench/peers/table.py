"""The result as a table: a column for each store, a row for each question."""

from collections.abc import Callable

from rich.table import Table

from bench.peers.payload import SIZES
from bench.peers.result import Result, Row
from bench.peers.trials import Verdict


def table(result: Result) -> Table:
    """Lay out a run."""
    laid_out = Table("", *result.rows, title="the same appends and reads, on one DynamoDB Local", show_lines=True)
    for question, tell in _QUESTIONS.items():
        laid_out.add_row(question, *(tell(row) for row in result.rows.values()))
    return laid_out


def notes(result: Result) -> list[str]:
    """Return what a reader of the table should know, a line for each store."""
    versions = {
        name: ", ".join(f"{package} {version}" for package, version in row.versions.items())
        for name, row in result.rows.items()
    }
    return [f"{name} ({versions[name]}): {row.remark}" for name, row in result.rows.items() if row.remark]


def _units(size: int) -> Callable[[Row], str]:
    return lambda row: f"{row.write_units[size].billed:g}"


def _pace(row: Row) -> str:
    low, high = min(row.pace.ratios), max(row.pace.ratios)
    return f"{row.pace.appends_per_second:,.0f}, x {row.pace.ratio:.2f} ({low:.2f} to {high:.2f})"


def _reading(row: Row) -> str:
    seen = "" if row.reading.right else f", {row.reading.events} events only"
    return f"{row.reading.units:g} units, {row.reading.seconds * 1000:.0f} ms{seen}"


def _verdict(verdict: Verdict, *, with_evidence: bool = False) -> str:
    text = "; ".join([verdict.text, verdict.evidence] if with_evidence and verdict.evidence else [verdict.text])
    return text if verdict.kept else f"[bold]NO[/bold]: {text}"


_QUESTIONS: dict[str, Callable[[Row], str]] = {
    **{f"write units per append, {size:,} B": _units(size) for size in SIZES},
    "appends of 200 B per second, one writer, x Tallygate's (of each round)": _pace,
    "1,000 events of 200 B read cold": _reading,
    "two writers at one version": lambda row: _verdict(row.race),
    "answer lost after the write": lambda row: _verdict(row.lost_answer, with_evidence=True),
    "1.5 MB stream read back": lambda row: _verdict(row.long_stream),
}

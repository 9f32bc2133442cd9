"""What was measured, as tables."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from bench.batch.cpu import Cpu
from bench.batch.design import Priced
from bench.batch.run import Run
from bench.batch.sizes import MOST, Reach, Size


def of_runs(runs: Sequence[Run]) -> Table:
    """How fast each was, and what was counted."""
    columns = ("dispatch, items", "chunks", "at a time", "seconds", "of them working", "items/s", "invocations")
    more = ("transitions", "write units", "read units", "units an item", "SQS", "S3", "s a chunk: here", "model")
    table = Table(*columns, *more, title="measured on the emulator: its time says nothing of Lambda's, its counts do")
    for run in runs:
        used = run.receipt.counted
        table.add_row(
            run.trial.name,
            f"{run.chunks}",
            f"{run.trial.concurrency}",
            f"{run.seconds:.1f}",
            f"{run.working_seconds:.1f}",
            f"{run.per_second:,.0f}",
            *(f"{amount:,g}" for amount in (used.invocations, used.transitions, used.write_units, used.read_units)),
            f"{run.units_per_item:.4f}",
            f"{used.sqs_requests:g}",
            f"{used.s3_gets + used.s3_puts:g}",
            f"{run.working_seconds * min(run.chunks, run.trial.concurrency) / run.chunks:.2f}",
            f"{run.receipt.batch.worker_chunk_seconds:.2f}",
        )
    return table


def receipts(runs: Sequence[Run]) -> Table:
    """Counted beside modelled."""
    title = "receipts: dollars of the calls counted on the wire, without function time, and the model's"
    table = Table("dispatch, items", "counted", "model", "apart", "polls", "cold workers", title=title)
    for run in runs:
        counted, modelled = run.receipt.calls
        dollars = (f"{one.total:.6f}" for one in (counted, modelled))
        table.add_row(run.trial.name, *dollars, f"{run.receipt.apart:.1%}", f"{run.polls:g}", f"{run.cold_workers}")
    return table


def of_design(found: Mapping[str, Priced]) -> Table:
    """The receipt of the design's batch, line by line."""
    if not found:
        return Table(title="the design's batch was not run")
    heads = [f"{dispatch}, {kind}" for dispatch in found for kind in ("counted", "model", "200 workers")]
    title = "100,000 items of 100 ms, 20 at a time in 512 MB, 20 workers, dollars; function time is the model's"
    table = Table("", *heads, title=title)
    bills = [bill for one in found.values() for bill in (one.counted, one.modelled, one.wide)]
    for name in bills[0].coordination_by:
        table.add_row(name, *(f"{one.coordination_by[name]:.6f}" for one in bills))
    _add(table, "coordination", [one.coordination for one in bills])
    _add(table, "cold starts", [one.init for one in bills])
    _add(table, "the items' own time", [one.items for one in bills])
    _add(table, "total", [one.total for one in bills])
    return table


def of_sizes(found: Mapping[str, Sequence[Size]]) -> Table:
    """The model from 1,000 to 100 million."""
    columns = ("dispatch", "items", "chunk size", "chunks", "workers", "seconds", "coordination $", "$ a million items")
    table = Table(*columns, "total $", "next limit", title="by the model: items of 100 ms, 512 MB, deadline an hour")
    for dispatch, sizes in found.items():
        for one in sizes:
            batch, cost = one.batch, one.cost
            counts = (batch.items, batch.items / batch.chunks, batch.chunks, batch.concurrency, one.seconds)
            dollars = (f"{cost.coordination:.4g}", f"{1e6 * cost.coordination / batch.items:.3g}", f"{cost.total:.4g}")
            table.add_row(dispatch, *(f"{count:,.0f}" for count in counts), *dollars, str(one.nearest))
    return table


def of_reaches(found: Mapping[str, Sequence[Reach]]) -> Table:
    """Where each limit is."""
    columns = ("limit", *(f"{dispatch}, {kind}" for dispatch in found for kind in ("default", "widest")))
    title = "items at which each limit is met (widest: chunks of 10,000, 1,000 workers, a day, plan of 1,769 MB)"
    table = Table(*columns, title=title)
    by_name = {
        dispatch: {one.name: (_items(one.default), _items(one.widest)) for one in reaches}
        for dispatch, reaches in found.items()
    }
    for name in dict.fromkeys(one.name for reaches in found.values() for one in reaches):
        table.add_row(name, *(cell for dispatch in found for cell in by_name[dispatch].get(name, ("", ""))))
    return table


def of_cpu(cpu: Cpu) -> Table:
    """Processor time."""
    table = Table("", "µs an item", title="processor time beside the item's own function, stores in memory")
    table.add_row("plan", f"{cpu.plan_us:.1f}")
    table.add_row("a chunk's attempt", f"{cpu.work_us:.1f}")
    return table


def one_line(run: Run) -> str:
    """A run, as it ends."""
    return f"{run.trial.name}: {run.seconds:.1f} s, {run.per_second:,.0f} items/s, {run.receipt.apart:.1%} apart"


def _add(table: Table, name: str, dollars: Sequence[float]) -> None:
    table.add_row(name, *(f"{one:.6f}" for one in dollars))


def _items(reach: float) -> str:
    return "not before 10 billion" if reach >= MOST else f"{float(f'{reach:.3g}'):,.0f}"

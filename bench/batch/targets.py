"""What the figures must come to."""

from collections.abc import Iterator, Mapping, Sequence

from bench.batch.cpu import Cpu
from bench.batch.design import Priced
from bench.batch.run import Run
from bench.batch.sizes import Size, per_item
from bench.fanout.aims import Aim
from tallygate.batch.cost.batch_shape import BatchShape

PER_SECOND, UNITS_PER_ITEM, APART = 5000, 0.015, 0.05
DOLLARS, CHEAPER = {"map": 0.012, "queue": 0.007}, {"map": 30, "queue": 80}
CURVED = 0.1  # how far the cost of another item may be apart between small batches and large ones


def of_runs(runs: Sequence[Run]) -> Iterator[Aim]:
    """Throughput, units, receipts, linearity."""
    largest = max(run.trial.items for run in runs)
    warm = [run for run in runs if not run.trial.cold]
    for run in runs:
        yield Aim(f"{run.trial.name}: receipt and model, apart by", run.receipt.apart, APART)
    for run in warm:
        name = run.trial.name
        if run.trial.worker == "nothing":
            must = run.trial.items == largest
            yield Aim(f"{name}: items/s", run.per_second, PER_SECOND, at_least=True, must=must)
        # A small batch has the same few units around its chunks as a large one.
        yield Aim(f"{name}: units an item", run.units_per_item, UNITS_PER_ITEM, must=run.trial.items == largest)
    for name, curved in curves(warm).items():
        yield Aim(f"{name}: dollars for another item, small batches and large, apart by", curved, CURVED)


def of_design(found: Mapping[str, Priced]) -> Iterator[Aim]:
    """The design's batch."""
    for dispatch, one in found.items():
        yield Aim(f"100,000 items of 100 ms, {dispatch}", one.counted.total, DOLLARS[dispatch], "$")
        yield Aim(
            "  coordination, times cheaper than a counter", one.cheaper, CHEAPER[dispatch], at_least=True, must=True
        )


def of_model(found: Mapping[str, Sequence[Size]], cpu: Cpu) -> Iterator[Aim]:
    """Linearity beyond what can be run; the constant that the model assumes of this code."""
    for dispatch, sizes in found.items():
        dollars = per_item(sizes)
        yield Aim(
            f"model, {dispatch}: an item of {max(dollars):,} to one of 100,000, dollars",
            dollars[max(dollars)] / dollars[100_000],
            1.02,
        )
    assumed = 1e6 * BatchShape(items=1, chunks=1).item_cpu_seconds
    yield Aim("processor time of an item in a worker", cpu.work_us, assumed, "µs", must=False)


def curves(runs: Sequence[Run]) -> Mapping[str, float]:
    """By dispatch and worker: what another item's calls cost from the second to the third size, to that from the
    first to the second; 0 is a line. Polls that were not ready are left out: they go by the time."""
    found = {}
    for kind in dict.fromkeys((run.trial.dispatch, run.trial.worker) for run in runs):
        points = sorted(
            (run.trial.items, run.receipt.but_polls) for run in runs if (run.trial.dispatch, run.trial.worker) == kind
        )
        if len(points) == 3:
            (a, at_a), (b, at_b), (c, at_c) = points
            found["-".join(kind)] = abs((at_c - at_b) / (c - b) / ((at_b - at_a) / (b - a)) - 1)
    return found

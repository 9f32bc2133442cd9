"""The design's own batch: 100,000 items of 100 ms, 20 at a time in a worker of 512 MB, 20 workers, all of them cold."""

from dataclasses import dataclass

from msgspec.structs import replace

from bench.batch.counted import with_time_of
from bench.batch.run import Run
from tallygate.batch.cost.batch_shape import BatchShape
from tallygate.batch.cost.bill import Amounts, Bill, bill
from tallygate.batch.cost.cost_model import amounts

COUNTER_DOLLARS = 0.1995  # what coordination by an atomic counter takes, by the design


@dataclass(frozen=True)
class Priced:
    """The design's batch with the calls of a run.

    Parameters
    ----------
    counted : Bill
        The run's calls, the model's function time. The local environment's leases are of 5 s, others' of 30: what the
        model has for its checkpoints is taken off.
    modelled : Bill
        The model's calls too.
    wide : Bill
        The model's, with 200 workers at a time: as many cold starts as chunks.
    """

    counted: Bill
    modelled: Bill
    wide: Bill

    @property
    def cheaper(self) -> float:
        """How many times cheaper than a counter it is to coordinate."""
        return COUNTER_DOLLARS / self.counted.coordination


def priced(run: Run) -> Priced:
    """Price the calls of a run of the design's batch as Lambda would run it."""
    batch = BatchShape(
        items=run.trial.items,
        chunks=run.chunks,
        dispatch=run.trial.dispatch,
        item_seconds=run.trial.milliseconds / 1000,
        memory_mb=512,
    )
    modelled = amounts(batch)
    wide = amounts(replace(batch, concurrency=run.chunks))
    return Priced(bill(with_time_of(_but_short_leases(run), modelled)), bill(modelled), bill(wide))


def _but_short_leases(run: Run) -> Amounts:
    here, there = run.receipt.modelled, amounts(replace(run.receipt.batch, lease_seconds=30))
    counted = run.receipt.counted
    return replace(
        counted,
        write_units=counted.write_units - (here.write_units - there.write_units),
        read_units=counted.read_units - (here.read_units - there.read_units),
    )

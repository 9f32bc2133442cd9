"""A receipt: what the counted calls of a batch cost, beside what the model had said."""

from dataclasses import dataclass

from msgspec.structs import replace

from bench.batch.counted import with_time_of, without_time
from tallygate.batch.cost.batch_shape import BatchShape
from tallygate.batch.cost.bill import Amounts, Bill, bill
from tallygate.batch.cost.cost_model import amounts


@dataclass(frozen=True)
class Receipt:
    """What was counted of one batch, and its shape.

    Parameters
    ----------
    counted : Amounts
        Calls, without any time.
    batch : BatchShape
    """

    counted: Amounts
    batch: BatchShape

    @property
    def modelled(self) -> Amounts:
        """What the model says of it."""
        return amounts(self.batch)

    @property
    def calls(self) -> tuple[Bill, Bill]:
        """What the calls cost, counted and by the model: function time, which would be the same in both, left out."""
        return bill(self.counted), bill(without_time(self.modelled))

    @property
    def whole(self) -> tuple[Bill, Bill]:
        """The same with the model's function time in both."""
        return bill(with_time_of(self.counted, self.modelled)), bill(self.modelled)

    @property
    def apart(self) -> float:
        """How far the calls' dollars are from the model's, as a share of the model's."""
        counted, modelled = (one.total for one in self.calls)
        return abs(counted - modelled) / modelled

    @property
    def but_polls(self) -> float:
        """Dollars of the counted calls but for polls that were not ready: those go by the time, not by the items."""
        counted, modelled = (one.total for one in self.calls)
        return counted - modelled + bill(without_time(amounts(replace(self.batch, polls=0)))).total

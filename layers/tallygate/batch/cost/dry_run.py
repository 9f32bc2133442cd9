"""The dry run: what a batch would take and cost, told before anything is dispatched."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from tallygate.batch.cost.batch_limits import Limit, limits
from tallygate.batch.cost.batch_shape import BatchShape
from tallygate.batch.cost.batch_time import expected_seconds
from tallygate.batch.cost.bill import Amounts, Bill, bill
from tallygate.batch.cost.cost_model import amounts
from tallygate.batch.cost.prices import US_EAST_1, Prices

ASSUMED_ITEM_MS = 100.0


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that was planned and is not to be started.

    Parameters
    ----------
    batch : BatchShape
    deadline_seconds : float
    used : Amounts
    cost : Bill
    seconds : float
        From the start of the execution to its end.
    warnings : tuple of str
        Limits that it would exceed, and what was assumed.
    """

    batch: BatchShape
    deadline_seconds: float
    used: Amounts
    cost: Bill
    seconds: float
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As the console shows it. Dollars, seconds."""
        breakdown = {"coordination": self.cost.coordination, "cold starts": self.cost.init, "items": self.cost.items}
        nearest = limits(self.batch, self.deadline_seconds)[0]
        return {
            "items": self.batch.items,
            "chunks": self.batch.chunks,
            "expected_seconds": round(self.seconds, 1),
            "expected_cost_usd": _dollars(self.cost.total),
            "cost_breakdown_usd": {name: _dollars(dollars) for name, dollars in breakdown.items()},
            "coordination_usd": {name: _dollars(dollars) for name, dollars in self.cost.coordination_by.items()},
            "write_units": round(self.used.write_units),
            "read_units": round(self.used.read_units),
            "state_transitions": round(self.used.transitions),
            "invocations": round(self.used.invocations),
            "next_limit": str(nearest),
            "warnings": list(self.warnings),
        }


def dry_run(
    items: int,
    chunks: int,
    parameters: Mapping[str, Any],
    *,
    item_ms: float | None,
    memory_mb: int,
    queue_concurrency: int | None = None,
    prices: Prices = US_EAST_1,
    **surroundings: Any,  # noqa: ANN401 (whatever else BatchShape takes)
) -> DryRun:
    """Tell what a planned batch would come to. Pure: it reads nothing.

    Parameters
    ----------
    items, chunks : int
        As planned, at least 1.
    parameters : mapping
        The request's: `dispatch`, `concurrency`, `item_concurrency`, `deadline_minutes`.
    item_ms : float or None
        Milliseconds that an item waits for its own calls; None: not said, `ASSUMED_ITEM_MS`.
    memory_mb : int
        The worker's.
    queue_concurrency : int or None
        Workers that a queue feeds, whatever the request's `concurrency`; None: not known, the request's.
    surroundings
        Further fields of `BatchShape`: `lease_seconds`, `plan_memory_mb` …
    """
    workers = parameters["concurrency"]
    if parameters["dispatch"] == "queue" and queue_concurrency:
        workers = queue_concurrency
    batch = BatchShape(
        items=items,
        chunks=chunks,
        dispatch=parameters["dispatch"],
        concurrency=workers,
        item_concurrency=parameters["item_concurrency"],
        item_seconds=(ASSUMED_ITEM_MS if item_ms is None else item_ms) / 1000,
        memory_mb=memory_mb,
    )
    batch = replace(batch, **surroundings)
    used, deadline = amounts(batch), parameters["deadline_minutes"] * 60
    return DryRun(
        batch=batch,
        deadline_seconds=deadline,
        used=used,
        cost=bill(used, prices),
        seconds=expected_seconds(batch),
        warnings=(*_assumed(item_ms), *(_warning(limit) for limit in limits(batch, deadline) if limit.share > 1)),
    )


def _assumed(item_ms: float | None) -> tuple[str, ...]:
    if item_ms is not None:
        return ()
    return (f'an item is assumed to take {ASSUMED_ITEM_MS:g} ms: say what yours take in "item_ms"',)


def _warning(limit: Limit) -> str:
    return f"{limit}: {limit.cure}"


def _dollars(amount: float) -> float:
    """Three figures: it is a model."""
    return float(f"{amount:.3g}")

"""The model beyond what can be run here: cost from 1,000 to 100 million items, and where each limit is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from tallygate.batch.cost.batch_limits import MAX_CHUNKS, Limit, limits, next_limit
from tallygate.batch.cost.batch_shape import BatchShape, Dispatch
from tallygate.batch.cost.batch_time import expected_seconds
from tallygate.batch.cost.bill import Bill, bill
from tallygate.batch.cost.cost_model import amounts

SIZES = tuple(10**power for power in range(3, 9))
CHUNK_SIZE, MAX_CHUNK_SIZE = 500, 10_000
MEMORY_MB, WHOLE_PROCESSOR_MB = 512, 1769
HOUR, DAY = 3600.0, 86_400.0
MOST = 10**10
DEFAULT = BatchShape(items=1, chunks=1, memory_mb=MEMORY_MB)
WIDEST = replace(DEFAULT, concurrency=1000, plan_memory_mb=WHOLE_PROCESSOR_MB)


@dataclass(frozen=True)
class Size:
    """A batch of items of 100 ms by the model, its chunks as small as 500 items and as many as may be.

    Parameters
    ----------
    batch : BatchShape
    cost : Bill
    seconds : float
    nearest : Limit
        With a deadline of an hour.
    """

    batch: BatchShape
    cost: Bill
    seconds: float
    nearest: Limit


@dataclass(frozen=True)
class Reach:
    """How many items a limit lets through.

    Parameters
    ----------
    name : str
        The limit's.
    default, widest : float
        With the defaults and a deadline of an hour; with chunks of 10,000, 1,000 at a time, a plan function with a
        processor of its own, and a deadline of a day. `MOST` or more: not before.
    """

    name: str
    default: float
    widest: float


def sizes(dispatch: Dispatch) -> list[Size]:
    """From 1,000 to 100 million items, 20 chunks at a time, or as many as end within three quarters of an hour."""
    return [_size(items, dispatch) for items in SIZES]


def reaches(dispatch: Dispatch) -> list[Reach]:
    """Limits that grow with the number of items, the nearest one by default first."""
    default, widest = replace(DEFAULT, dispatch=dispatch), replace(WIDEST, dispatch=dispatch)
    names = [limit.name for limit in limits(default, HOUR) if limit.grows]
    found = [
        Reach(name, _reach(name, default, CHUNK_SIZE, HOUR), _reach(name, widest, MAX_CHUNK_SIZE, DAY))
        for name in names
    ]
    return sorted(found, key=lambda reach: reach.default)


def per_item(found: Sequence[Size]) -> Mapping[int, float]:
    """Dollars an item by the number of items, cold starts left out: their number is that of workers."""
    return {one.batch.items: (one.cost.total - one.cost.init) / one.batch.items for one in found}


def _size(items: int, dispatch: Dispatch) -> Size:
    seconds = items * DEFAULT.item_seconds / DEFAULT.item_concurrency
    batch = replace(
        _cut(replace(DEFAULT, dispatch=dispatch), items, max(CHUNK_SIZE, math.ceil(items / MAX_CHUNKS))),
        concurrency=max(DEFAULT.concurrency, math.ceil(seconds / (0.75 * HOUR))),
    )
    return Size(batch, bill(amounts(batch)), expected_seconds(batch), next_limit(batch, HOUR))


def _cut(batch: BatchShape, items: int, chunk_size: int) -> BatchShape:
    return replace(batch, items=items, chunks=math.ceil(items / chunk_size))


def _reach(name: str, batch: BatchShape, chunk_size: int, deadline: float) -> float:
    """By halving: every such limit's share grows with the items."""
    low, high = 1, MOST
    while high - low > low // 1000 + 1:
        middle = (low + high) // 2
        share = next(one.share for one in limits(_cut(batch, middle, chunk_size), deadline) if one.name == name)
        low, high = (middle, high) if share <= 1 else (low, middle)
    return low if high < MOST else MOST

"""From a run of 10,000 items to 100,000, by arithmetic, and the limit that each design meets first."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.foils.atomic_counter import AtomicCounter
from bench.foils.chunk_records import CHUNK_SIZE, NAME
from bench.foils.distributed_map import BatchedMap, DistributedMap
from bench.foils.etag import ETag
from bench.foils.history import History
from bench.foils.id_set import IdSet
from bench.foils.ids import ids
from bench.foils.item_collection import ItemCollection
from bench.foils.marker_item import MarkerItem
from bench.foils.outcome import Outcome
from bench.foils.prices import dispatch_dollars, dollars
from bench.foils.request_token import RequestToken
from bench.foils.simulated.hot_key import WRITE_UNITS_A_SECOND
from bench.foils.simulated.item import MAX_BYTES
from bench.foils.simulated.map_run import STARTS_A_SECOND
from tallygate.batch.cost.batch_limits import MAX_CHUNKS

MILLION = 1_000_000
RECORD_BYTES = len("pk") + len("batch#b1") + len("sk") + len("item#") + len(ids(1)[0])


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """A design at some number of items.

    Parameters
    ----------
    write, read : float
        Units in all.
    seconds : float
        At 100 workers; infinite where it never ends.
    dollars, dispatch : float
        Of the counting alone, and of handing out the items.
    limit : str
        What it meets first.
    """

    write: float
    read: float
    seconds: float
    dollars: float
    dispatch: float
    limit: str


def expect(run: Outcome, items: int) -> Expectation:
    """What a run says of a larger batch."""
    ratio = items / run.items
    write, read, seconds = run.write * ratio, run.read * ratio, run.seconds * ratio
    price = dollars(run) * ratio
    if run.design == IdSet.name and items > ids_in_a_record():
        # Each write costs by the record's size: the sum grows with the square, until the record is full.
        write, read, seconds = run.write * (ids_in_a_record() / run.items) ** 2, run.read, math.inf
        price = dollars(run) * write / run.write
    return Expectation(
        write=write,
        read=read,
        seconds=seconds,
        dollars=price,
        dispatch=dispatch_dollars(run.design, items),
        limit=_LIMITS[run.design](run, items),
    )


def ids_in_a_record() -> int:
    """How many ids fit into one item."""
    return MAX_BYTES // len(ids(1)[0])


def _writers(run: Outcome, items: int) -> str:
    minutes = items / run.items * run.seconds / 60
    return f"one writer at a time: {run.items / run.seconds:,.0f} items/s, {minutes:.0f} minutes"


def _hot_key(_run: Outcome, items: int) -> str:
    return f"1,000 units/s on one key: {items / WRITE_UNITS_A_SECOND:,.0f} s or more"


def _collection(run: Outcome, items: int) -> str:
    poll = math.ceil(items * RECORD_BYTES / 4096) / 2
    return f"{_hot_key(run, items)} (more keys mend it); each poll reads {poll:,.0f} units"


def _record(_run: Outcome, _items: int) -> str:
    fits, size = ids_in_a_record(), len(ids(1)[0])
    return f"400 KB: full at {fits:,} ids of {size} bytes, {MAX_BYTES // 1024} units a write by then"


def _starts(kind: type[DistributedMap]) -> Callable[[Outcome, int], str]:
    rate = STARTS_A_SECOND[kind.child]

    def limit(_run: Outcome, items: int) -> str:
        children = items / kind.batch_size
        return f"{rate:,.0f} {kind.child.capitalize()} children start a second: {children / rate:,.0f} s or more"

    return limit


def _chunks(_run: Outcome, _items: int) -> str:
    return f"{MAX_CHUNKS:,} chunks a batch: {MAX_CHUNKS * CHUNK_SIZE / MILLION:,.0f} million items"


_LIMITS: Mapping[str, Callable[[Outcome, int], str]] = {
    AtomicCounter.name: _hot_key,
    ETag.name: _writers,
    History.name: _writers,
    RequestToken.name: _writers,
    MarkerItem.name: _writers,
    ItemCollection.name: _collection,
    IdSet.name: _record,
    DistributedMap.name: _starts(DistributedMap),
    BatchedMap.name: _starts(BatchedMap),
    NAME: _chunks,
}

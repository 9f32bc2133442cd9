"""What an append and a read cost, and how fast they are."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from bench.peers.billing import Billing
from bench.peers.driver import Driver
from bench.peers.drivers.tally import tally
from bench.peers.payload import SIZES, SMALL, flights
from bench.peers.stores import TALLYGATE, Store
from bench.peers.units_proxy import UnitsProxy

COSTED = 5
"""Appends over which units are averaged, none of them a stream's first."""

WARM_UP, ROUNDS, PER_ROUND = 200, 6, 50
LONG = 1_000
COLD_READS = 3
PACED = "paced"


@dataclass(frozen=True)
class Cost:
    """Write units per append of one size: as DynamoDB bills them, and as DynamoDB Local reports them."""

    billed: float
    reported: float


@dataclass(frozen=True)
class Pace:
    """Appends per second of one writer; `ratios`: to Tallygate's, one for each round side by side; their median."""

    appends_per_second: float
    ratio: float
    ratios: Sequence[float]


@dataclass(frozen=True)
class Reading:
    """A stream of 1,000 events read by a fresh process: how many it saw, whether they were right, units, seconds."""

    events: int
    right: bool
    units: float
    seconds: float


def append_costs(store: Store, proxy: UnitsProxy, billing: Billing) -> dict[int, Cost]:
    """Append to a stream that has an event, for each size."""
    costs = {}
    with Driver(store, proxy.endpoint) as driver:
        driver.load("costed")
        driver.append(flights(range(1), SMALL))
        for size in SIZES:
            proxy.take()
            driver.append(flights(range(COSTED), size))
            units = proxy.take()
            costs[size] = Cost(billing.write_units(units) / COSTED, units.write / COSTED)
    return costs


def paces(stores: Sequence[Store], endpoint: str) -> dict[str, Pace]:
    """Let all stores append in turns, a round at a time, straight to DynamoDB Local; then fill the streams up.

    Side by side, because a machine's mood changes within a run: a ratio is of two rounds that follow each other.
    """
    with ExitStack() as stack:
        drivers = {store.name: stack.enter_context(Driver(store, endpoint)) for store in stores}
        for driver in drivers.values():
            driver.load(PACED)
            driver.append(flights(range(WARM_UP), SMALL))
        rounds = [_round(drivers, WARM_UP + number * PER_ROUND) for number in range(ROUNDS)]
        for driver in drivers.values():
            driver.append(flights(range(WARM_UP + ROUNDS * PER_ROUND, LONG), SMALL))
    return {name: _pace(name, rounds) for name in drivers}


def cold_read(store: Store, proxy: UnitsProxy, endpoint: str) -> Reading:
    """Read the stream that `paces` has filled; the time is the median of fresh processes with a warm connection."""
    with Driver(store, proxy.endpoint) as driver:
        proxy.take()
        answer = driver.load(PACED)
        units = proxy.take()
    right = answer.tally == tally(flights(range(LONG), SMALL))
    return Reading(answer.count, right, units.read, median(_seconds(store, endpoint) for _ in range(COLD_READS)))


def _round(drivers: Mapping[str, Driver], start: int) -> dict[str, float]:
    records = flights(range(start, start + PER_ROUND), SMALL)
    first = start // PER_ROUND % len(drivers)  # nobody is always first
    turns = [*drivers.items()][first:] + [*drivers.items()][:first]
    return {name: driver.append(records).seconds for name, driver in turns}


def _pace(name: str, rounds: Sequence[Mapping[str, float]]) -> Pace:
    ratios = [round(seconds[TALLYGATE.name] / seconds[name], 2) for seconds in rounds]
    return Pace(ROUNDS * PER_ROUND / sum(seconds[name] for seconds in rounds), median(ratios), ratios)


def _seconds(store: Store, endpoint: str) -> float:
    with Driver(store, endpoint) as driver:
        driver.load("costed")
        return driver.load(PACED).seconds

"""How long after a put has returned a reader sees the commit in a view.

A poller asks for the rows of the streams in flight in one BatchGetItem, strongly consistent, and again `POLL_SECONDS`
after it began; a commit is visible when an answer that has its version is here. So what is measured is what a reader
waits, too long by up to one interval and one answer, both of which are reported. Beside it the consumer's own log is
read, which says when a delivery was applied, for a time with and a time without the poller: what the poller itself
does to the latency is the difference.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import quantiles
from typing import Self

from bench.fanout.consumer import CONSUMER
from bench.fanout.deployed import Applied, Deployed, settled
from bench.fanout.flights import rows
from domain.flight_record import flight
from domain.logbook import AIRCRAFT
from local.deployment import EVENTS_TABLE, VIEWS_TABLE
from tallygate.batch import Item
from tallygate.events import EventStore
from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.projections.row_items import row_key

PER_SECOND = 50
SECONDS, UNPOLLED_SECONDS, WARM_UP_SECONDS = 60.0, 15.0, 5.0
STREAMS = 500  # each gets an event in 10 s: none waits for another of its own
WRITERS = 8
POLL_SECONDS = 0.005
BATCH_GET_KEYS = 100  # DynamoDB's limit
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Spread:
    """Milliseconds."""

    p50: float
    p95: float
    p99: float
    most: float


@dataclass(frozen=True)
class Latency:
    """From put to view.

    Parameters
    ----------
    events : int
    per_second : float
        As it was kept.
    consumers, woken : int
        Deployed, and those of them that followed these streams.
    seen : Spread
        By the poller.
    logged, unpolled : Spread
        By the log: the delivery that brought it had been applied. With the poller, and without.
    interval, answer : Spread
        Of the poller: from one question to the next, and from a question to its answer.
    """

    events: int
    per_second: float
    consumers: int
    woken: int
    seen: Spread
    logged: Spread
    unpolled: Spread
    interval: Spread
    answer: Spread


Key = tuple[str, int]


class Steady:
    """Writers that put one event after the other, at a steady rate, each to the next stream."""

    def __init__(self, deployed: Deployed) -> None:
        self._store = EventStore(DynamoDBCommitLog(EVENTS_TABLE, deployed.dynamodb))
        self._loaded = [self._store.load(AIRCRAFT, f"steady{number}") for number in range(STREAMS)]
        items = (Item(id=str(line), data=row, line=line) for line, row in enumerate(rows(STREAMS), start=1))
        self._events = [flight(item) for item in items]
        self._next = cycle(range(STREAMS))

    def run(self, seconds: float, poller: "Poller | None" = None) -> dict[Key, float]:
        """Write for so long. Returns when each put returned, by stream and version."""
        count, began = round(seconds * PER_SECOND), time.time() + 0.1
        returned: dict[Key, float] = {}
        places = list(islice(self._next, count))

        def write(number: int) -> None:
            time.sleep(max(0.0, began + number / PER_SECOND - time.time()))
            place = places[number]
            loaded = self._store.append(self._loaded[place], [self._events[place]])
            at = time.time()
            self._loaded[place] = loaded
            returned[loaded.stream, loaded.version] = at
            if poller:
                poller.watch((loaded.stream, loaded.version), at)

        with ThreadPoolExecutor(WRITERS) as pool:
            for done in [pool.submit(write, number) for number in range(count)]:
                done.result()
        return returned


class Poller:
    """Asks for the rows in flight until told to stop."""

    def __init__(self, deployed: Deployed) -> None:
        self._dynamodb = deployed.dynamodb
        self._lock = threading.Lock()
        self._flying: dict[Key, float] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.seen: list[float] = []
        self.intervals: list[float] = []
        self.answers: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while self._flying and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        self._stopped.set()
        self._thread.join()

    def watch(self, key: Key, since: float) -> None:
        """Wait for a version of a stream."""
        with self._lock:
            self._flying[key] = since

    def _run(self) -> None:
        before = 0.0
        while not self._stopped.is_set():
            with self._lock:
                flying = list(islice(self._flying.items(), BATCH_GET_KEYS))
            began = time.time()
            if flying:
                self._ask(dict(flying))
                self.answers.append(time.time() - began)
                if before:
                    self.intervals.append(began - before)
            before = began if flying else 0.0
            time.sleep(max(0.0, began + POLL_SECONDS - time.time()))

    def _ask(self, flying: Mapping[Key, float]) -> None:
        wanted = [stream for stream, _ in flying]
        request = {"Keys": [row_key(CONSUMER, stream) for stream in wanted], "ConsistentRead": True}
        answer = self._dynamodb.batch_get_item(RequestItems={VIEWS_TABLE: request})  # type: ignore[dict-item]
        at = time.time()
        have = {item["sk"]["S"]: int(item["version"]["N"]) for item in answer["Responses"][VIEWS_TABLE]}
        for key, since in flying.items():
            if have.get(key[0], 0) >= key[1]:
                self.seen.append(at - since)
                with self._lock:
                    del self._flying[key]


def latency(deployed: Deployed, seconds: float = SECONDS, unpolled_seconds: float = UNPOLLED_SECONDS) -> Latency:
    """Warm up, then write with the poller, then without."""
    steady = Steady(deployed)
    warm = steady.run(WARM_UP_SECONDS)
    settled(deployed, dict.fromkeys(deployed.woken, len(warm)), PATIENCE_SECONDS)
    with Poller(deployed) as poller:
        polled = steady.run(seconds, poller)
    logged = settled(deployed, dict.fromkeys(deployed.woken, len(polled)), PATIENCE_SECONDS)
    if len(poller.seen) != len(polled):
        raise TimeoutError(f"{len(poller.seen)} of {len(polled)} commits were seen in {CONSUMER}")
    unpolled = steady.run(unpolled_seconds)
    unseen = settled(deployed, dict.fromkeys(deployed.woken, len(unpolled)), PATIENCE_SECONDS)
    times = sorted(polled.values())
    return Latency(
        len(polled),
        (len(times) - 1) / (times[-1] - times[0]),
        len(deployed.functions),
        len(deployed.woken),
        spread(poller.seen),
        spread(_by_log(polled, logged)),
        spread(_by_log(unpolled, unseen)),
        spread(poller.intervals),
        spread(poller.answers),
    )


def spread(seconds: Sequence[float]) -> Spread:
    """Percentiles of times, in milliseconds."""
    cuts = quantiles(seconds, n=100, method="inclusive")
    return Spread(*(1000 * cut for cut in (cuts[49], cuts[94], cuts[98], max(seconds))))


def _by_log(returned: Mapping[Key, float], heard: Sequence[Applied]) -> list[float]:
    found = []
    for one in heard:
        if one.consumer == CONSUMER:
            for stream, (before, version) in one.streams.items():
                applied = ((stream, number) for number in range(before + 1, version + 1))
                found += [one.at - returned[key] for key in applied if key in returned]
    return found

"""A batch on DynamoDB Local: boto3, processes, a fault proxy, and a proxy that adds up the units."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from mypy_boto3_dynamodb import DynamoDBClient

from bench.foils.chunk_records import NAME, ChunkRecords
from bench.foils.design import Design, Setting
from bench.foils.ids import ids
from bench.foils.judge import Judge
from bench.foils.outcome import Outcome
from bench.foils.real.crew import Crew
from bench.foils.real.database import backoff, client, create
from bench.foils.real.worker import CHUNK_SIZE, LEASE_SECONDS
from bench.peers.billing import BILLED_PER_ITEM, Billing, calibrate
from bench.peers.units_proxy import Units, UnitsProxy
from local.dynamodb_local import DynamoDBLocal
from local.faults.wire import WireFaults
from local.paths import RUNS
from tallygate.errors import TransientError

WRITES = ("PutItem", "UpdateItem", "TransactWriteItems")
"""Which calls meet faults, one in twenty before they take effect and one in twenty after."""
TWICE = 0.02
KILLS = (0.3, 0.7)
"""After which shares of the messages a process is killed."""
POLL_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Stage:
    """DynamoDB Local and what stands before it.

    Parameters
    ----------
    upstream : str
        DynamoDB Local.
    units : UnitsProxy
        Before it.
    faults : WireFaults
        Before the units, so that also what was lost on its way back is counted.
    billing : Billing
    seed : int
    """

    upstream: str
    units: UnitsProxy
    faults: WireFaults
    billing: Billing
    seed: int

    def perform(self, design: type[Design] | None, items: int) -> Outcome:
        """Run a design, or Tallygate's protocol (None), in a table of its own."""
        table = f"batches-{time.monotonic_ns()}"
        create(client(self.upstream), table)
        name = design.name if design else NAME
        judge, endpoint = Judge(items), self.faults.endpoint
        play = _Play(self.seed, judge, (name, endpoint, table, str(items)))
        dynamodb = client(endpoint)
        before, _ = self.faults.fired(), self.units.take()
        counted = _count(play, design, dynamodb, table) if design else _chunks(play, dynamodb, table)
        struck = sum(self.faults.fired().values()) - sum(before.values())
        units = self.units.take()
        return Outcome(
            design=name,
            where="DynamoDB Local",
            items=items,
            counted=counted,
            finish=judge.finish,
            seconds=judge.told_after,
            calls=dict(units.calls),
            retries=struck,
            refused={"refused": units.refused} if units.refused else {},
            write=self._write_units(units, design.transacted if design else 1),
            read=units.read,
            deliveries=judge.deliveries,
            gave_back=judge.gave_back,
            crashes=judge.crashes,
        )

    def _write_units(self, units: Units, transacted: int) -> float:
        # DynamoDB Local has one price for a transaction on one table, whatever it writes there.
        more = units.transacted * BILLED_PER_ITEM / self.billing.reported * (transacted - 1)
        return self.billing.write_units(units) + more


@contextmanager
def stage(seed: int) -> Iterator[Stage]:
    """Everything started, and stopped at the end."""
    with DynamoDBLocal() as database, UnitsProxy(upstream=database.endpoint) as units:
        billing = calibrate(client(database.endpoint), "calibration")
        log = RUNS / "foils-faults.log"
        with WireFaults(upstream=units.endpoint, seed=seed, log=log, operations=WRITES) as faults:
            yield Stage(upstream=database.endpoint, units=units, faults=faults, billing=billing, seed=seed)


@dataclass(frozen=True)
class _Play:
    seed: int
    judge: Judge
    arguments: tuple[str, ...]

    def crew(self, messages: list[Any]) -> Crew:
        """Workers and their queue, some messages twice."""
        dice = random.Random(self.seed)
        twice = [message for message in messages if dice.random() < TWICE]
        crew = Crew(self.arguments, self.judge, [int(share * len(messages)) for share in KILLS])
        for message in [*messages, *twice]:
            crew.send(message)
        return crew


def _count(play: _Play, kind: type[Design], dynamodb: DynamoDBClient, table: str) -> int:
    items = play.judge.items
    design = kind(Setting(client=dynamodb, table=table, batch="b1", items=items, backoff=backoff))
    persist(design.start)
    with play.crew(list(ids(items))) as crew:
        if kind.polled:
            poll(crew, design.finished)
        crew.run(until_told=kind.polled)
        return int(persist(design.total))


def _chunks(play: _Play, dynamodb: DynamoDBClient, table: str) -> int:
    queue: list[Crew] = []
    batch = ChunkRecords(
        dynamodb,
        table,
        work=lambda _item: None,
        send=lambda task: queue[0].send(task.to_json()),
        now=lambda: datetime.now(UTC),
        chunk_size=CHUNK_SIZE,
        lease_seconds=LEASE_SECONDS,
    )
    tasks = persist(lambda: batch.plan(ids(play.judge.items), datetime.now(UTC)))
    with play.crew([task.to_json() for task in tasks]) as crew:
        queue.append(crew)
        poll(crew, batch.finished)
        crew.run(until_told=True)
        return int(persist(batch.counted))


def poll(crew: Crew, finished: Callable[[], bool]) -> None:
    """Ask again and again in a thread, as somebody does who waits."""

    def ask() -> None:
        while not persist(finished):
            time.sleep(POLL_SECONDS)
        crew.told()

    threading.Thread(target=ask, daemon=True).start()


def persist(act: Callable[[], Any]) -> Any:
    """Again until it is answered."""
    for attempt in range(100):
        try:
            return act()
        except (TransientError, ClientError, BotoCoreError):
            backoff(attempt)
    return act()

"""A deploy in mid-stream: two versions of a projection's code at once, on a faulty wire; by value nothing is amiss."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from local.faults.wire import WireFaults
from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.errors import TransientError
from tallygate.events import Commit, MemoryCommitLog
from tallygate.projections import Projection
from tallygate.projections.dynamodb import DynamoDBRows
from tallygate.projections.fold import Fold
from tallygate.projections.gate import Gate
from tallygate.projections.totals import added
from tests.accounts import ACCOUNT
from tests.conftest import ANYBODY
from tests.tables import create_views_table
from tests.unit.projections.ledger import Statement, commit, ledger, other_totals, rewind, true_totals, truth

SEED = 20261121
STREAMS = [ACCOUNT.stream(str(n)) for n in range(6)]
VERSIONS = 40
OLD, NEW = ledger(), ledger(other_totals)


@pytest.fixture
def faulty(dynamodb_local_client: DynamoDBClient, tmp_path: Path) -> Iterator[DynamoDBClient]:
    """A client behind a wire that fails one write in ten before it and one in ten after it."""
    upstream = dynamodb_local_client.meta.endpoint_url
    with WireFaults(upstream=upstream, seed=SEED, log=tmp_path / "wire.log", probability=0.1) as wire:
        yield boto3.client("dynamodb", endpoint_url=wire.endpoint, config=aws.config(), **ANYBODY)
        assert min(wire.fired().values()) > 10


class Stream:
    """Commits that are made while they are delivered."""

    def __init__(self) -> None:
        self.log = MemoryCommitLog()
        self.made: list[Commit] = []
        self.done = False

    def make(self, dice: random.Random, until: Deadline) -> None:
        for version in range(1, VERSIONS + 1):
            for stream in STREAMS:
                back = version > 3 and dice.random() < 0.1
                amount, to = dice.randint(1, 9), dice.randrange(version)
                one = rewind(stream, version, to) if back else commit(stream, version, amount)
                self.made.append(self.log.put(one, until))
                time.sleep(0.005)
        self.done = True

    def deliver(self, gate: Gate, dice: random.Random, until: Deadline) -> int:
        """Batches of one stream, in disorder and with repetitions. Returns the rows written."""
        writes = 0
        while not self.done:
            recent = self.made[-40:]
            if not recent:
                continue
            stream = dice.choice(recent).stream
            batch = [one for one in recent if one.stream == stream]
            offered = {one.version: one for one in dice.sample(batch, dice.randint(1, len(batch)))}
            with suppress(TransientError):
                writes += gate.offer(stream, offered, until).writes
        return writes


def test_two_versions_of_the_code_at_once_apply_each_commit_once(
    dynamodb_local_client: DynamoDBClient, faulty: DynamoDBClient
) -> None:
    table, until = create_views_table(dynamodb_local_client, f"views-{uuid4()}"), Deadline.after(120)
    stream_of_commits = Stream()
    log = stream_of_commits.log

    def gate(version: Projection[Statement]) -> Gate:
        return Gate(Fold(version, log), DynamoDBRows(table, "ledger-1", faulty), log)

    with ThreadPoolExecutor(5) as pool:  # two processes of the old version, two of the new one
        making = pool.submit(stream_of_commits.make, random.Random(SEED), until)
        running = [
            pool.submit(stream_of_commits.deliver, gate(version), random.Random(SEED + number), until)
            for number, version in enumerate((OLD, NEW, OLD, NEW))
        ]
        making.result()
        assert min(one.result() for one in running) > 5
    rows, last = DynamoDBRows(table, "ledger-1", dynamodb_local_client), gate(NEW)
    for stream in STREAMS:
        last.catch_up(stream, until)
        row = rows.get(stream, until)
        assert row is not None
        assert OLD.parse(row.view) == truth(log, stream)
        last.renew(row, until)
    contributions = [one for bucket in range(rows.buckets) for one in rows.share(bucket, until).contributions]
    assert added(contributions) == true_totals(log, other_totals)

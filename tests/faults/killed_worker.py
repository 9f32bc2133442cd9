"""A worker process whose item 17 ends it: `python -m tests.faults.killed_worker ENDPOINT TABLE TASK`."""

import json
import os
import sys

import boto3

from tallygate import aws
from tallygate.batch import Context, Item, Worker
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.memory_objects import MemoryObjectStore
from tallygate.batch.plan.location import Location
from tallygate.batch.work.chunk_worker import ChunkWorker
from tallygate.events import EventStore
from tallygate.events.memory import MemoryCommitLog
from tests.conftest import ANYBODY

MANIFEST = Location(bucket="flights", key="items.csv")
CONTENT = b"id\n" + b"".join(b"%d\n" % number for number in range(30))
KILLER, DEAD = "17", 9
LEASE_SECONDS = 1.0


def process(item: Item, _context: Context) -> None:
    if item.id == KILLER:
        os._exit(DEAD)


WORKERS = (Worker(name="test", process=process),)


def objects() -> MemoryObjectStore:
    """The same in every process."""
    store = MemoryObjectStore()
    store.upload(MANIFEST, CONTENT)
    return store


def main(endpoint: str, table: str, task: str) -> None:
    client = boto3.client("dynamodb", endpoint_url=endpoint, config=aws.config(), **ANYBODY)
    store = DynamoDBBatchStore(table, client)
    worker = ChunkWorker(store, objects(), EventStore(MemoryCommitLog()), WORKERS, lease_seconds=LEASE_SECONDS)
    print(worker.run(ChunkTask.from_json(json.loads(task)), lambda: 240).attempt)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Works on the largest chunk there is and prints the process's peak: `python -m tests.faults.large_chunk`."""

import importlib
import json
import resource
import time
from datetime import timedelta
from pathlib import Path

from tallygate import clock
from tallygate.batch import Context, Item, Worker
from tallygate.batch.chunk import Chunk
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.memory import MemoryBatchStore
from tallygate.batch.memory_objects import MemoryObjectStore
from tallygate.batch.records import Manifest, Source
from tallygate.batch.work.chunk_worker import ChunkWorker
from tallygate.events import EventStore
from tallygate.events.memory import MemoryCommitLog

ITEMS, SLOTS = 10_000, 100
BYTES = 8 * 1024 * 1024


def process(item: Item, _context: Context) -> None:
    time.sleep(0.001)
    raise ValueError(item.id + "x" * 200)  # the most that an item leaves behind


def content() -> bytes:
    """10,000 lines, 8 MB together."""
    room = BYTES // ITEMS - 1 - len(json.dumps({"id": "99999", "text": ""}))
    line = json.dumps({"id": "%05d", "text": "x" * room})
    return b"".join((line % number).encode() + b"\n" for number in range(ITEMS))


def peak() -> float:
    """MB, since the program began. (Not `ru_maxrss`, which a process inherits from the one that started it.)"""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # macOS tells bytes
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024


def main() -> None:
    importlib.import_module("tallygate.batch.wiring.work")  # all that a worker on AWS imports
    now = clock.utc_now()
    store, objects, lines = MemoryBatchStore(), MemoryObjectStore(), content()
    source = objects.put("large.jsonl", b"\n" + lines)  # so that the chunk is a copy, as from S3
    nowhere = Source(bucket="", key="", version="")
    manifest = Manifest(
        batch="b1", generation=0, items=ITEMS, chunk_size=ITEMS, chunks=1, shards=1, columns=(), source=source,
        index=nowhere, since=now, started=now, deadline=now + timedelta(hours=1),
        parameters={"worker": "large", "item_concurrency": SLOTS},
    )  # fmt: skip
    store.put_manifest(manifest)
    task = ChunkTask("b1", 0, Chunk(i=0, start=1, end=1 + len(lines), line=2, items=ITEMS))
    workers = (Worker(name="large", process=process),)
    del lines
    before = peak()
    ended = ChunkWorker(store, objects, EventStore(MemoryCommitLog()), workers, lease_seconds=1).run(task, lambda: 240)
    (record,) = store.chunks(manifest)
    print(json.dumps({"attempt": ended.attempt, "failed": record.failed, "before": before, "peak": peak()}))


if __name__ == "__main__":
    main()

"""A worker's process: `python -m bench.foils.real.worker DESIGN ENDPOINT TABLE ITEMS`.

Reads a message a line from its standard input, works on several at a time, and writes a line for each thing that has
come to pass: `worked ITEM`, `told`, `gave back`, `deleted NUMBER`. Killed, it leaves its messages to others.
"""

import json
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bench.foils.chunk_records import NAME, ChunkRecords
from bench.foils.design import GaveUp, Setting
from bench.foils.designs import DESIGNS
from bench.foils.ids import ids
from bench.foils.real.database import backoff, client
from tallygate.batch.chunk_task import ChunkTask
from tallygate.errors import TransientError

THREADS = 8
CHUNK_SIZE, LEASE_SECONDS = 100, 3.0
_lock = threading.Lock()


def say(line: str) -> None:
    """Whole lines, at once: the process may be killed in the next moment."""
    with _lock:
        os.write(1, f"{line}\n".encode())


def main(design: str, endpoint: str, table: str, items: int) -> None:
    handle = (chunks if design == NAME else counting)(design, endpoint, table, items)

    def receive(line: str) -> None:
        number, body = json.loads(line)
        try:
            finished = handle(body)
        except (GaveUp, TransientError, ClientError, BotoCoreError):
            say(f"gave back {number}")
            return
        if finished:
            say("told")
        say(f"deleted {number}")

    with ThreadPoolExecutor(THREADS) as pool:
        for line in sys.stdin:
            pool.submit(receive, line)


def counting(design: str, endpoint: str, table: str, items: int) -> Callable[[Any], bool]:
    """What a design does with a message: an item's id."""
    (kind,) = (one for one in DESIGNS if one.name == design)
    counter = kind(Setting(client=client(endpoint), table=table, batch="b1", items=items, backoff=backoff))

    def handle(item: str) -> bool:
        say(f"worked {item}")
        return counter.count(item)

    return handle


def chunks(_design: str, endpoint: str, table: str, items: int) -> Callable[[Any], bool]:
    """What Tallygate does with a message: a chunk."""
    batch = ChunkRecords(
        client(endpoint),
        table,
        work=lambda item: say(f"worked {item}"),
        send=lambda _task: None,
        now=lambda: datetime.now(UTC),
        lease_seconds=LEASE_SECONDS,
    )
    batch.upload(ids(items))

    def handle(body: Any) -> bool:
        batch.run(ChunkTask.from_json(body))
        return False

    return handle


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))

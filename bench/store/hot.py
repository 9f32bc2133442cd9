"""One stream, many writers of one process, with and without group commit."""

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from mypy_boto3_dynamodb import DynamoDBClient

from bench.store.streams import FLIGHTS, Count, Logged, store, table, text
from bench.store.units import Units

WRITERS = (1, 8, 64)
SIZE = 200
COMMANDS = {False: 600, True: 3000}


@dataclass(frozen=True)
class Hot:
    """Commands a second; write units a command, snapshots included."""

    per_second: float
    units: float


def hot(dynamodb: DynamoDBClient, units: Units, writers: int, *, grouped: bool) -> Hot:
    """So many threads that each send command after command to one stream."""
    name = table(dynamodb)
    hot_store = store(dynamodb, name, **({} if grouped else {"group_commands": 1}))
    total = COMMANDS[grouped] * (2 if writers == max(WRITERS) else 1)
    commands, since, taking = iter(range(total)), datetime.now(UTC), threading.Lock()

    def write() -> None:
        while True:
            with taking:
                number = next(commands, None)
            if number is None:
                return
            event, id = text(number, SIZE), f"batch-1/{number}"
            hot_store.execute(FLIGHTS, "1", partial(_always, event), command_id=id, since=since, deadline_seconds=60)

    threads = [threading.Thread(target=write) for _ in range(writers)]
    units.reset()
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    hot_store.settle()
    if (state := hot_store.load(FLIGHTS, "1").state).flights != total:
        raise AssertionError(f"{state.flights} of {total} commands are in the stream")
    return Hot(total / seconds, units.write / total)


def _always(event: Logged, _state: Count) -> list[Logged]:
    return [event]

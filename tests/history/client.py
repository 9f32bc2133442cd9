"""One client process: sends commands through a faulty wire and writes down each call before it is made, and its answer.

    python -m tests.history.client ENDPOINT TABLE NUMBER OF APPENDS SEED FOLDER

Lines: {"op", "process", "at", "kind": "begin", "call", "stream", "command"} and {"op", "at", "kind": "end", "outcome",
"version", "commit", "repeated"}, `at` on the machine's monotonic clock, which all processes share.
"""

import json
import random
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import boto3

from tallygate import aws
from tallygate.errors import TransientError
from tallygate.events import EventStore, OutcomeUnknown, VersionConflict
from tallygate.events.dynamodb import DynamoDBCommitLog
from tests.accounts import ACCOUNT, Deposited
from tests.conftest import ANYBODY

THREADS = 16
HOT, COLD = 4, 400  # streams: everybody meets on the hot ones
SHARED = 0.05  # of the commands, sent by two processes
APPENDS = 0.1  # of the calls: to what was loaded, without a command id


@dataclass(frozen=True)
class Task:
    """One thing to do: a command, or (empty id) a plain append."""

    stream: str
    command: str


def tasks(number: int, of: int, appends: int, seed: int) -> Iterator[Task]:
    """The tasks of one process. Each task counts one append in all processes together."""
    dice = random.Random(seed)
    for n in range(appends):
        stream = f"hot{dice.randrange(HOT)}" if dice.random() < 0.5 else f"cold{dice.randrange(COLD)}"
        plain, shared, owner = dice.random() < APPENDS, dice.random() < SHARED, dice.randrange(of)
        if plain and owner == number:
            yield Task(stream, "")
        elif not plain and (owner == number or (shared and (owner + 1) % of == number)):
            yield Task(stream, f"c{n}")


class Client:
    """A process's store and its history."""

    def __init__(self, store: EventStore, number: int, history: TextIO) -> None:
        self._store = store
        self._number = number
        self._history = history
        self._lock = threading.Lock()
        self._ops = 0
        self._since = datetime.now(UTC)

    def run(self, task: Task) -> None:
        """Do the task until it has an answer that counts."""
        while True:
            try:
                if task.command:
                    self._execute(task)
                else:
                    self._append(task)
            except (TransientError, VersionConflict):
                continue
            return

    def _execute(self, task: Task) -> None:
        op = self._begin("execute", task)
        try:
            executed = self._store.execute(
                ACCOUNT, task.stream, lambda _: [Deposited(1)], command_id=task.command, since=self._since
            )
        except TransientError as exc:
            self._end(op, type(exc).__name__)
            raise
        assert executed.commit is not None
        commit = executed.commit
        self._end(op, "ok", version=commit.version, commit=commit.commit_id, repeated=executed.repeated)

    def _append(self, task: Task) -> None:
        loaded = self._store.load(ACCOUNT, task.stream)
        op = self._begin("append", task)
        try:
            after = self._store.append(loaded, [Deposited(1)], meta={"op": op})
        except VersionConflict as conflict:
            self._end(op, "conflict", version=conflict.winner.version, commit=conflict.winner.commit_id)
            raise
        except OutcomeUnknown as exc:
            self._end(op, "unknown", commit=exc.commit_id)
            return  # it may be stored: not to be tried again, for it has no command id
        self._end(op, "ok", version=after.version)

    def _begin(self, call: str, task: Task) -> str:
        with self._lock:
            self._ops += 1
            op = f"{self._number}/{self._ops}"
        stream = ACCOUNT.stream(task.stream)
        self._write(op=op, kind="begin", at=time.monotonic(), call=call, stream=stream, command=task.command)
        return op

    def _end(self, op: str, outcome: str, **answer: Any) -> None:
        self._write(op=op, kind="end", at=time.monotonic(), outcome=outcome, **answer)

    def _write(self, **line: Any) -> None:
        with self._lock:
            self._history.write(json.dumps(line) + "\n")
            self._history.flush()


def main(arguments: Sequence[str]) -> None:
    """Run one process to its end."""
    endpoint, table, number, of, appends, seed, folder = arguments
    client = boto3.client("dynamodb", endpoint_url=endpoint, config=aws.config(), **ANYBODY)
    with (Path(folder) / f"history-{number}.jsonl").open("w") as history:
        one = Client(EventStore(DynamoDBCommitLog(table, client)), int(number), history)
        with ThreadPoolExecutor(THREADS) as pool:
            for _ in pool.map(one.run, tasks(int(number), int(of), int(appends), int(seed))):
                pass


if __name__ == "__main__":
    main(sys.argv[1:])

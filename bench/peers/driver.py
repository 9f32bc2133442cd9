"""A driver's process as the bench sees it: commands in, answers out, one a line (see `drivers/loop.py`)."""

import json
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.peers.drivers.tally import Tally
from bench.peers.payload import Record
from bench.peers.stores import Store
from local.paths import ROOT, RUNS
from local.server import last_line

PATIENCE_SECONDS = 60.0


class DriverError(RuntimeError):
    """A driver did not start, ended, or failed at something that is not on trial. The message names its log."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the caller of the store saw. `outcome`: done, conflict, duplicate or error; `seconds` by its own clock."""

    outcome: str
    seconds: float = 0.0
    count: int = 0
    digest: str = ""
    error: str = ""

    @property
    def tally(self) -> Tally:
        """The state in the writer's hands."""
        return Tally(self.count, self.digest)


class Driver:
    """One process with one client of one store, as long as its `with` block."""

    def __init__(self, store: Store, endpoint: str, *, log: Path = RUNS / "bench-peers.log") -> None:
        self.store = store
        self.versions: dict[str, str] = {}
        self._endpoint = endpoint
        self._log = log
        self._process: subprocess.Popen[str] | None = None

    def create(self) -> None:
        """Make the tables."""
        self.send("create")
        self._done(self.receive())

    def load(self, stream: str, *, writer: str = "a") -> Answer:
        """Read a stream into a writer's hands. Raises DriverError if it can't be read."""
        self.send("load", writer=writer, stream=stream)
        return self._done(self.receive())

    def append(self, records: Sequence[Record], *, writer: str = "a") -> Answer:
        """Append one by one. Raises DriverError if one is not stored."""
        self.send("append", writer=writer, records=records)
        return self._done(self.receive())

    def send(self, do: str, **what: object) -> None:
        """Give a command and don't wait for its answer."""
        process = self._running()
        assert process.stdin is not None
        process.stdin.write(json.dumps({"do": do, **what}) + "\n")
        process.stdin.flush()

    def receive(self) -> Answer:
        """Wait for the answer to the oldest command that has none yet."""
        return Answer(**self._line())

    def __enter__(self) -> Self:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.store.command, self._endpoint, self.store.table],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=dict(self.store.environment()),
                cwd=ROOT,
                text=True,
            )
        self.versions = self._line()["versions"]
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        process = self._running()
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise DriverError(f"{self.store.name}: the driver is not started, use it in a with block")
        return self._process

    def _line(self) -> dict[str, Any]:
        stdout = self._running().stdout
        assert stdout is not None
        watchdog = threading.Timer(PATIENCE_SECONDS, self._running().kill)
        watchdog.start()
        line = stdout.readline()
        watchdog.cancel()
        if not line:
            raise DriverError(f"{self.store.name}: the driver ended: {last_line(self._log)} (more in {self._log})")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _done(self, answer: Answer) -> Answer:
        if answer.outcome != "done":
            raise DriverError(f"{self.store.name}: {answer.error}")
        return answer

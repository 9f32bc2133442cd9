"""Worker processes and the queue that feeds them: what a killed process had in hand is delivered again."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from bench.foils.judge import Judge
from local.paths import ROOT

PROCESSES = 3
IN_HAND = 12
PATIENCE_SECONDS = 300.0


@dataclass
class _Worker:
    process: subprocess.Popen[str]
    in_hand: set[int] = field(default_factory=set)


class Crew:
    """Workers, as long as the `with` block.

    Parameters
    ----------
    arguments : sequence of str
        Of `bench.foils.real.worker`.
    judge : Judge
    kills : iterable of int
        After so many deleted messages a process is killed; ascending.
    """

    def __init__(self, arguments: Sequence[str], judge: Judge, kills: Iterable[int]) -> None:
        self._arguments = arguments
        self._judge = judge
        self._kills = deque(kills)
        self._bodies: dict[int, Any] = {}
        self._pending: deque[int] = deque()
        self._lines: queue.Queue[tuple[_Worker, str]] = queue.Queue()
        self._workers: list[_Worker] = []
        self._deleted = 0
        self._started = 0.0

    def send(self, body: Any) -> None:
        """Put a message into the queue; from any thread."""
        number = len(self._bodies)
        self._bodies[number] = body
        self._pending.append(number)

    def told(self) -> None:
        """Somebody has learned that the batch is finished."""
        self._judge.told(time.monotonic() - self._started)

    def run(self, *, until_told: bool) -> None:
        """Work until every message is deleted, and, if asked, until somebody knows that the batch is finished."""
        self._started = time.monotonic()
        while self._open or (until_told and self._judge.told_at is None):
            if time.monotonic() - self._started > PATIENCE_SECONDS:
                return
            for worker in self._workers:
                self._feed(worker)
            try:
                worker, line = self._lines.get(timeout=0.05)
            except queue.Empty:
                continue
            self._hear(worker, line)

    @property
    def _open(self) -> bool:
        return bool(self._pending) or any(worker.in_hand for worker in self._workers)

    def _hear(self, worker: _Worker, line: str) -> None:
        what, _, more = line.partition(" ")
        match what:
            case "worked":
                self._judge.work(more)
            case "told":
                self.told()
            case "gave":
                self._judge.gave_back += 1
                self._again(worker, int(more.partition(" ")[2]))
            case "deleted":
                worker.in_hand.discard(int(more))
                self._deleted += 1
                self._maybe_kill(worker)
            case "":  # its output has ended
                self._replace(worker)

    def _feed(self, worker: _Worker) -> None:
        while self._pending and len(worker.in_hand) < IN_HAND and worker.process.stdin is not None:
            number = self._pending.popleft()
            worker.in_hand.add(number)
            self._judge.deliveries += 1
            try:
                worker.process.stdin.write(json.dumps([number, self._bodies[number]]) + "\n")
                worker.process.stdin.flush()
            except OSError:  # it has just been killed: its end will be heard of
                return

    def _again(self, worker: _Worker, number: int) -> None:
        worker.in_hand.discard(number)
        self._pending.append(number)

    def _maybe_kill(self, worker: _Worker) -> None:
        if self._kills and self._deleted >= self._kills[0]:
            self._kills.popleft()
            self._judge.crashes += 1
            worker.process.kill()

    def _replace(self, worker: _Worker) -> None:
        if worker not in self._workers:
            return
        self._workers.remove(worker)
        self._pending.extend(sorted(worker.in_hand))
        self._spawn()

    def _spawn(self) -> None:
        command = [sys.executable, "-m", "bench.foils.real.worker", *self._arguments]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "layers")},
        )
        worker = _Worker(process)
        self._workers.append(worker)

        def listen() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                self._lines.put((worker, line.rstrip("\n")))
            self._lines.put((worker, ""))

        threading.Thread(target=listen, daemon=True).start()

    def __enter__(self) -> Self:
        for _ in range(PROCESSES):
            self._spawn()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.process.kill()
            worker.process.wait()

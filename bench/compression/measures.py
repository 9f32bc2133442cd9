"""What one candidate makes of one kind of commit."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.compression.candidates import Candidate

BESIDE = 210
"""Bytes of a commit's other attributes, with one command id."""
UNIT = 1024
_IMPORT = "import gc, time; gc.disable(); t = time.perf_counter(); import {0}; print(time.perf_counter() - t)"


@dataclass(frozen=True)
class Measure:
    """Means over the commits: bytes, write units, microseconds."""

    size: float
    units: float
    compress_us: float
    decompress_us: float


def measure(candidate: Candidate, commits: Sequence[bytes]) -> Measure:
    """Compress as the library does: where it saves a write unit. Raises if a commit is not got back."""
    stored = [_stored(candidate, text) for text in commits]
    compressed = [candidate.compress(text) for text in commits]
    if [candidate.decompress(data) for data in compressed] != list(commits):
        raise AssertionError(f"{candidate.name} does not give back what it was given")
    return Measure(
        size=sum(stored) / len(stored),
        units=sum(map(units, stored)) / len(stored),
        compress_us=_microseconds(candidate.compress, commits),
        decompress_us=_microseconds(candidate.decompress, compressed),
    )


def units(size: int) -> int:
    """Write units of a commit whose events take `size` bytes."""
    return -(-(size + BESIDE) // UNIT)


def import_ms(module: str, runs: int = 9) -> float:
    """Milliseconds to import a module in a new process, the median, without collecting garbage."""
    if not module:
        return 0.0
    command = [sys.executable, "-c", _IMPORT.format(module)]
    return 1000 * median(
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(runs)
    )


def _stored(candidate: Candidate, text: bytes) -> int:
    compressed = candidate.compress(text)
    return len(compressed) if units(len(compressed)) < units(len(text)) else len(text)


def _microseconds(call: Callable[[bytes], bytes], inputs: Sequence[bytes]) -> float:
    rounds = []
    for _ in range(5):
        started = time.process_time()
        for one in inputs:
            call(one)
        rounds.append((time.process_time() - started) / len(inputs))
    return 1e6 * min(rounds)

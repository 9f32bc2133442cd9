"""Fresh interpreters that import something, with and without compiled bytecode, and tell what it took."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from local.paths import ROOT

BASELINE = """
import boto3
boto3.client("dynamodb", region_name="us-east-1")
"""
LIBRARY = """
from tallygate.events.wiring import event_store
"""
_TIMED = """
import time
begun = time.perf_counter()
{baseline}
between = time.perf_counter()
{library}
print(between - begun, time.perf_counter() - between)
"""
_IMPORTED = re.compile(r"import time:\s+(\d+) \|\s+\d+ \| +(\S+)")
_MARK = "bench.mark"


@dataclass(frozen=True)
class Timing:
    """Seconds of one process: for boto3 and a client, and for the library after them."""

    baseline: float
    library: float


@dataclass(frozen=True)
class Layer:
    """A folder as Lambda mounts it: the library and what only it needs.

    Parameters
    ----------
    folder : Path
    compiled : bool
        With bytecode; layers are shipped without it, and Lambda can't write it beside them.
    """

    folder: Path
    compiled: bool

    def time(self) -> Timing:
        """Import everything in a new process."""
        baseline, library = self._run(_TIMED.format(baseline=BASELINE, library=LIBRARY)).stdout.split()
        return Timing(float(baseline), float(library))

    def modules(self) -> dict[str, float]:
        """Milliseconds that each module takes by itself, of those that boto3 and a client have not imported already."""
        mark = f"import sys; print('{_MARK}', file=sys.stderr)"
        told = self._run(f"{BASELINE}\n{mark}\n{LIBRARY}", "-X", "importtime").stderr
        after = told.partition(_MARK)[2]
        return {name: int(took) / 1000 for took, name in _IMPORTED.findall(after)}

    def _run(self, code: str, *options: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "PYTHONPATH": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        command = [sys.executable, *options, "-c", code]
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environment)


@contextmanager
def layer(*, compiled: bool) -> Iterator[Layer]:
    """The library and msgspec, copied to a folder of their own."""
    with TemporaryDirectory(prefix="layer-") as name:
        folder = Path(name)
        for package in (ROOT / "layers" / "tallygate", Path(msgspec.__file__).parent):
            shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__"))
        if compiled:
            subprocess.run([sys.executable, "-m", "compileall", "-q", str(folder)], check=True)
        yield Layer(folder, compiled)

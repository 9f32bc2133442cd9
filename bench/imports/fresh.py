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
import typing_extensions

from local.paths import ROOT
from stacks.constructs.bytecode import compile_for
from stacks.environments import ENVIRONMENTS

BASELINE = """
import boto3
boto3.client("dynamodb", region_name="us-east-1")
"""
LIBRARY = """
from tallygate.events.wiring import event_store
event_store("events")
"""
_TIMED = """
import time
begun = time.perf_counter()
{program}
print(time.perf_counter() - begun)
"""
_IMPORTED = re.compile(r"import time:\s+(\d+) \|\s+\d+ \| +(\S+)")


@dataclass(frozen=True)
class Layer:
    """A folder as Lambda mounts it: the library and what only it needs.

    Parameters
    ----------
    folder : Path
    compiled : bool
        With bytecode, as layers are built (`stacks/constructs/bytecode.py`); Lambda itself can't write it beside them.
    """

    folder: Path
    compiled: bool

    def seconds(self, program: str) -> float:
        """How long a new process takes for the program."""
        return float(self._run(_TIMED.format(program=program)).stdout)

    def modules(self) -> dict[str, float]:
        """Milliseconds that each module takes by itself, of those that boto3 and a client don't import."""
        ours, bare = (self._imports(program) for program in (LIBRARY, BASELINE))
        return {name: took for name, took in ours.items() if name not in bare}

    def _imports(self, program: str) -> dict[str, float]:
        told = self._run(program, "-X", "importtime").stderr
        return {name: int(took) / 1000 for took, name in _IMPORTED.findall(told)}

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
        shutil.copy(typing_extensions.__file__, folder)  # msgspec takes it where it finds it, and Powertools brings it
        if compiled:
            compile_for(ENVIRONMENTS["local"], folder)
        yield Layer(folder, compiled)

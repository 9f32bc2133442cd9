"""Compiled bytecode in layers, so that a cold function doesn't compile what it imports, every time anew.

Lambda mounts layers read-only and gives all files one time, so it neither keeps bytecode that it makes nor believes one
that is valid by its source's time. It does believe one that says "unchecked" (PEP 552). It is a cache: with it or
without it the layer does the same, and it is no part of the asset's hash.
"""

import subprocess
import sys
from functools import cache
from pathlib import Path

from uv import find_uv_bin

from stacks.environment import Environment


def compile_for(environment: Environment, folder: Path) -> None:
    """Compile the sources below a folder, if this machine has the environment's Python; else leave it."""
    interpreter = sys.executable if environment.native else _interpreter(environment.python)
    if interpreter is not None:
        command = [
            interpreter,
            "-m",
            "compileall",
            "-q",
            "-j",
            "0",
            "--invalidation-mode",
            "unchecked-hash",
            str(folder),
        ]
        # What can't be compiled (a template with .py in its name) is left as it is: the source is still there.
        subprocess.run(command, capture_output=True, check=False)


@cache
def _interpreter(version: str) -> str | None:
    """The path of a Python of that minor version, looked for on this machine only."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    find = [find_uv_bin(), "python", "find", "--no-python-downloads", "--no-project", version]
    found = subprocess.run(find, capture_output=True, text=True, check=False)
    return found.stdout.strip() or None

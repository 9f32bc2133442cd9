"""Compiled bytecode in layers, so that a cold function doesn't compile what it imports, every time anew.

Lambda mounts layers read-only and gives all files one time, so it neither keeps bytecode that it makes nor believes one
that is valid by its source's time. It does believe one that says "unchecked" (PEP 552). It is a cache: with it or
without it the layer does the same, and it is no part of the asset's hash.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from uv import find_uv_bin

from stacks.environment import Environment

MOUNTED = "/opt"  # where Lambda mounts layers: what the bytecode says of its source's place


def compile_for(environment: Environment, layer: Path) -> None:
    """Compile the sources of a layer, if this machine has the environment's Python; else leave them.

    The same sources give the same bytes, wherever the folder is.
    """
    python = sys.executable if environment.native else interpreter(environment.python)
    if python is not None:
        where = ["-s", str(layer), "-p", MOUNTED]
        # What can't be compiled (a template with .py in its name) is left as it is: the source is still there.
        subprocess.run(
            [python, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash", *where, str(layer)],
            capture_output=True,
            check=False,
            env={**os.environ, "PYTHONHASHSEED": "0"},  # sets of constants are written in their order
        )


@cache
def interpreter(version: str) -> str | None:
    """The path of a Python of that minor version, looked for on this machine only."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    return next((path for path in _candidates(version) if _is(path, version)), None)


def _candidates(version: str) -> Iterator[str]:
    # pyenv's versions come before the search path: what it puts there for a version that is not the folder's chosen one
    # only says so and fails, and uv's own search gives up on it.
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"), reverse=True))
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if found := shutil.which(f"python{version}", path=folder):
            yield found
    find = [find_uv_bin(), "python", "find", "--no-python-downloads", "--no-project", version]
    yield subprocess.run(find, capture_output=True, text=True, check=False).stdout.strip()


def _is(path: str, version: str) -> bool:
    if not path:
        return False
    says = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([path, "-S", "-c", says], capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout.strip() == version

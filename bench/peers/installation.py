"""The peers' own environments: `python -m bench.peers install`. Stamped with the lock file, skipped when current.

eventsourcing and aett have a virtual environment each, the two from npm share `node_modules`. Nothing of theirs is
ever imported by the repository's own environment.
"""

import hashlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).parent
PYTHON_PEERS = ("eventsourcing", "aett")
NODE_LOCKS = (HERE / "package.json", HERE / "package-lock.json", HERE / ".npmrc")


class InstallError(RuntimeError):
    """A peer could not be installed. The message is the tool's last line."""


def python(peer: str) -> Path:
    """Return the interpreter that has `peer` installed."""
    return _environment(peer) / "bin" / "python"


def install() -> None:
    """Install whatever is missing or not what the locks say. Raises InstallError."""
    for peer in PYTHON_PEERS:
        _once(_environment(peer), (_lock(peer),), lambda peer=peer: _sync(peer))  # type: ignore[misc]
    _once(HERE / "node_modules", NODE_LOCKS, lambda: _run("npm", "ci", "--silent", "--ignore-scripts"))


def _sync(peer: str) -> None:
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else "uv"
    _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(_environment(peer)))
    _run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python(peer)), str(_lock(peer)))


def _once(folder: Path, locks: Sequence[Path], fill: Callable[[], None]) -> None:
    stamp = folder / f".run-{_key(locks)}"
    if stamp.exists():
        return
    print(f"setting up bench/peers/{folder.name}", file=sys.stderr)
    fill()
    stamp.touch()


def _key(locks: Sequence[Path]) -> str:
    """Tell a lock file, an interpreter and a place from every other (a virtual environment can't be moved)."""
    parts = [lock.read_bytes() for lock in locks] + [sys.version.encode(), str(HERE).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE)
    except FileNotFoundError as error:
        raise InstallError(f"{command[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or "").strip().splitlines() or ["it said nothing"]
        raise InstallError(f"{' '.join(command[:3])} failed: {lines[-1]}") from error


def _environment(peer: str) -> Path:
    return HERE / f".venv-{peer}"


def _lock(peer: str) -> Path:
    return HERE / f"requirements-{peer}.txt"

"""Downloads that are what they were when we wrote this: every file is checked against a pinned hash."""

import base64
import hashlib
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path


class DownloadError(RuntimeError):
    """A file could not be fetched, or is not the one we know. The message says which and what to do."""


def integrity(path: Path, algorithm: str = "sha512") -> str:
    """Return the hash of a file as npm writes it: `sha512-<base64>`."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, algorithm).digest()
    return f"{algorithm}-{base64.b64encode(digest).decode()}"


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def demand(path: Path, *, found: str, pinned: str) -> None:
    """Raise DownloadError unless the hash found is the hash pinned."""
    if found != pinned:
        raise DownloadError(f"{path.name} is not the file this version was made with: {found}, not {pinned}")


def run(command: Sequence[str], *, what: str) -> None:
    """Run a fetching command. Raises DownloadError with the last line it said."""
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise DownloadError(f"{what}: {command[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or "").strip().splitlines() or ["it said nothing"]
        raise DownloadError(f"{what}: {command[0]} failed: {lines[-1]}") from error


def once(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Return `folder`, filled by `fill` unless it is there already. It appears complete or not at all."""
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as scratch:
        making = Path(scratch) / "content"
        making.mkdir()
        fill(making)
        try:
            making.rename(folder)
        except OSError:  # another process was quicker: what it made has the same hash
            if not folder.exists():
                raise
    return folder


def unpack(archive: Path, *, into: Path, prefix: str) -> None:
    """Extract the members of a tar archive whose names start with `prefix`."""
    with tarfile.open(archive) as tar:
        members = [member for member in tar if member.name.startswith(prefix)]
        tar.extractall(into, members=members, filter="data")

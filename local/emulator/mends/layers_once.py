"""A layer is unpacked once, not once per worker process.

On AWS /opt is mounted, and a cold start pays nothing for the size of a layer. The emulator unpacks every layer into
a new folder for each worker process, and what Python compiles there is thrown away with the process: with the SDK
in a layer that is seconds of work, for every process. Here a layer lies in one folder by the hash of its content,
shared by all workers and kept between runs (`TALLYGATE_LAYERS`), where its .pyc files serve the next worker too.
"""

import hashlib
import io
import os
import shutil
import tempfile
import threading
import time
import zipfile
from pathlib import Path

from local.emulator.patching import module, rewrite

KEPT = 12
"""Folders kept; the layers of a few deployments."""
_one_at_a_time = threading.Lock()


def unpacked(content: bytes) -> str:
    """Return the folder that holds the layer of this zip content, unpacking it if need be."""
    shelf = Path(os.environ.get("TALLYGATE_LAYERS") or Path(tempfile.gettempdir()) / "layers")
    folder = shelf / hashlib.sha256(content).hexdigest()[:32]
    with _one_at_a_time:
        if not folder.exists():
            unpack(content, folder)
            prune(shelf)
    os.utime(folder)
    return str(folder)


def unpack(content: bytes, folder: Path) -> None:
    """Unpack into a scratch folder, then put it in place: complete or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".unpacking-"))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as layer:
            layer.extractall(scratch)  # extractall drops '..' and absolute paths
        if not folder.exists():  # another emulator may share the shelf
            scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def prune(shelf: Path) -> None:
    """Remove what no run has used lately: beyond KEPT folders, those untouched for a day."""
    yesterday = time.time() - 86_400
    folders = sorted(shelf.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in folders[KEPT:]:
        if folder.stat().st_mtime < yesterday:
            shutil.rmtree(folder, ignore_errors=True)


def apply() -> None:
    """Replace the unpacking in the worker's start by the shared folder."""
    rewrite(
        module("core.lambda_runtime").Worker,
        "_spawn",
        (
            ('layer_dir = os.path.join(self._tmpdir, f"layer_{len(layers_dirs)}")', "layers_dirs.append(layer_dir)"),
            "layers_dirs.append(_tallygate_unpacked(layer_data))",
        ),
        _tallygate_unpacked=unpacked,
    )

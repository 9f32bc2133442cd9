"""Room on disk for what a plan can't hold in memory."""

import errno
import shutil
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tallygate.batch.errors import BadInput

if TYPE_CHECKING:
    from array import array

RESERVE_BYTES = 8 * 1024 * 1024  # left alone: a full disk would take others down with it


class Scratch:
    """Files without names, which vanish with their process, however it ends.

    Parameters
    ----------
    folder : Path, optional
        Default: where temporary files go; in a function `/tmp`, whose size is `plan_storage_mb` of the environment.
    room : int, optional
        How many bytes may be taken; default: what is free there, but for a reserve.
    """

    def __init__(self, folder: Path | None = None, room: int | None = None) -> None:
        self._folder = folder or Path(tempfile.gettempdir())
        self._room = max(0, shutil.disk_usage(self._folder).free - RESERVE_BYTES) if room is None else room
        self.taken = 0

    def file(self) -> "ScratchFile":
        """A new file, empty."""
        return ScratchFile(self, tempfile.TemporaryFile(dir=self._folder, buffering=0))

    def take(self, count: int) -> None:
        """Note that so many bytes are about to be written, or freed where negative.

        Raises
        ------
        BadInput
            There is no room for them.
        """
        self.taken += count
        if self.taken > self._room:
            raise self.full()

    def full(self) -> BadInput:
        """The refusal of a manifest that is too large for the disk."""
        return BadInput(
            f"the plan needs more than the {self._room // 1_000_000:,} MB of scratch disk that are free: raise "
            '"plan_storage_mb" of the environment (stacks/environments.py) and deploy, or split the manifest'
        )


class ScratchFile:
    """A file that is written from its start to its end, then read in the same way."""

    def __init__(self, scratch: Scratch, file: IO[bytes]) -> None:
        self._scratch = scratch
        self._file = file
        self._size = 0

    def append(self, content: "bytes | array[int]") -> None:
        """Write at the end. Raises `BadInput` where the disk is full."""
        view = memoryview(content).cast("B")
        self._scratch.take(len(view))
        self._size += len(view)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as exc:
            if exc.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
            raise self._scratch.full() from exc

    def rewind(self) -> None:
        """Go to the start, to read."""
        self._file.seek(0)

    def read(self, count: int) -> bytes:
        """The next bytes: so many, or fewer at the end."""
        found = bytearray()
        while len(found) < count and (more := self._file.read(count - len(found))):
            found += more
        return bytes(found)

    def close(self) -> None:
        """Free its room."""
        self._file.close()
        self._scratch.take(-self._size)
        self._size = 0

"""The lines of one data file of an export, checked against the manifest."""

import base64
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

from tallygate.events.everything.errors import CorruptExport
from tallygate.events.everything.files import ExportFiles
from tallygate.events.everything.manifest import DataFile

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined]

MAX_LINE_BYTES = 8 * 1024 * 1024  # an item has 400 KB at most; escaped and in base64, still less than that
_BLOCK_BYTES = 1024 * 1024


def lines(files: ExportFiles, file: DataFile) -> Iterator[bytes]:
    """The lines of a data file, one item each.

    Raises
    ------
    CorruptExport
        It is missing, damaged, cut off or of another content than the manifest says: known at the end at the latest.
    """
    count = 0
    with files.open(file.name) as raw:
        hashed = _Hashed(raw)
        try:
            with gzip.GzipFile(fileobj=cast(BinaryIO, io.BufferedReader(hashed, _BLOCK_BYTES))) as text:
                while line := text.readline(MAX_LINE_BYTES):
                    count += 1
                    yield line
        except (EOFError, OSError, zlib.error) as exc:
            raise CorruptExport(_again(file, f"is damaged or cut off ({exc})")) from exc
        if hashed.md5 != file.md5:
            raise CorruptExport(_again(file, f"has the MD5 {hashed.md5}, the manifest says {file.md5}"))
    if count != file.items:
        raise CorruptExport(_again(file, f"has {count} items, the manifest says {file.items}"))


def _again(file: DataFile, what: str) -> str:
    return f"{file.name} {what}: copy the file again; if it is so in the bucket as well, export again"


class _Hashed(io.RawIOBase):
    """Passes bytes on and adds them up."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._md5 = hashlib.md5(usedforsecurity=False)  # what the manifest has

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer") -> int:
        block = self._raw.read(len(memoryview(buffer)))
        self._md5.update(block)
        memoryview(buffer)[: len(block)] = block
        return len(block)

    @property
    def md5(self) -> str:
        """Base64. Call it at the end of the file."""
        return base64.b64encode(self._md5.digest()).decode()

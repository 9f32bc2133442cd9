"""Lines with the hashes of their keys, in the order in which they came."""

from array import array
from collections.abc import Iterator, Sequence
from struct import Struct

import msgspec

from tallygate.batch.plan.scratch import Scratch, ScratchFile

Run = tuple[Sequence[int], Sequence[bytes]]  # keys, lines
_RUN = Struct("<qq")  # lines, bytes of them
_KEY_BYTES = 8
_LINE_BYTES = 100  # what a line takes in memory beyond its own bytes


class Group(msgspec.Struct, frozen=True):
    """The lines of one key, in the order of the manifest.

    Parameters
    ----------
    items, size : int
        How many lines and bytes they are.
    parts : iterator of sequences of bytes
        The lines; all that memory holds at a time. To be read before the next group.
    """

    items: int
    size: int
    parts: Iterator[Sequence[bytes]]


class Pile:
    """A pile of lines; on disk as far as it was spilled.

    Parameters
    ----------
    scratch : Scratch
    """

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._file: ScratchFile | None = None
        self._keys: list[int] = []
        self._lines: list[bytes] = []
        self._key = 0
        self.one_key = True  # all lines have the same
        self.items = self.size = self.held = 0  # lines; their bytes; bytes in memory

    @property
    def memory(self) -> int:
        """Bytes that it would take in memory as a whole."""
        return self.size + self.items * _LINE_BYTES

    def add(self, keys: Sequence[int], lines: Sequence[bytes]) -> None:
        """Put lines on it. They end with a line feed each."""
        if not lines:
            return
        if not self.items:
            self._key = keys[0]
        self.one_key = self.one_key and set(keys) == {self._key}
        size = sum(map(len, lines))
        self._keys.extend(keys)
        self._lines.extend(lines)
        self.items += len(lines)
        self.size += size
        self.held += size + len(lines) * _LINE_BYTES

    def spill(self) -> None:
        """Bring to disk what is in memory. Raises `BadInput` where the disk is full."""
        if not self._lines:
            return
        self._file = self._file or self._scratch.file()
        content = b"".join(self._lines)
        self._file.append(_RUN.pack(len(self._lines), len(content)))
        self._file.append(array("q", self._keys))
        self._file.append(content)
        self._keys, self._lines, self.held = [], [], 0

    def runs(self) -> Iterator[Run]:
        """All lines, a part at a time."""
        if self._file:
            self._file.rewind()
            while head := self._file.read(_RUN.size):
                count, size = _RUN.unpack(head)
                keys = array("q", self._file.read(count * _KEY_BYTES))
                yield keys, [line + b"\n" for line in self._file.read(size).split(b"\n")[:-1]]
        if self._lines:
            yield self._keys, self._lines

    def groups(self) -> Iterator[Group]:
        """All groups, in the order of their first lines; the whole pile is in memory meanwhile."""
        groups: dict[int, list[bytes]] = {}
        for keys, lines in self.runs():
            for key, line in zip(keys, lines, strict=True):
                groups.setdefault(key, []).append(line)
        for lines in groups.values():
            yield Group(len(lines), sum(map(len, lines)), iter((lines,)))

    def group(self) -> Group:
        """All lines as one group."""
        return Group(self.items, self.size, (lines for _, lines in self.runs()))

    def close(self) -> None:
        """Free its room on disk."""
        if self._file:
            self._file.close()
            self._file = None

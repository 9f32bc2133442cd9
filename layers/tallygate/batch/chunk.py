"""A chunk: items that are worked on together, and counted by one record."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import msgspec
from msgspec.structs import asdict

from tallygate.batch.errors import BadInput

MOST_BYTES = 10_000 * 64 * 1024  # of any release: 0.1 knew a limit of items and of a line, and none of a chunk's bytes
MAX_BYTES = 8 * 1024 * 1024  # of lines: a worker holds a chunk in memory, several times over


class Chunk(msgspec.Struct, frozen=True):
    """A run of whole lines of the manifest.

    Parameters
    ----------
    i : int
        The chunk's number, from 0.
    start, end : int
        Its bytes in the manifest: `start` included, `end` not.
    line : int
        The number of its first line, from 1.
    items : int
        How many lines.
    """

    i: int
    start: int
    end: int
    line: int
    items: int

    def to_json(self) -> dict[str, int]:
        """As it stands in the chunk index and in a worker's message."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Any) -> "Chunk":  # noqa: ANN401 (it is what arrived, of whatever type)
        """The inverse of `to_json`. Raises `BadInput` for anything else."""
        try:
            chunk = cls(**{name: int(raw[name]) for name in cls.__struct_fields__})
        except (KeyError, TypeError, ValueError):
            raise BadInput(
                f"what arrived is no chunk: expected {', '.join(cls.__struct_fields__)} as whole numbers"
            ) from None
        if not (chunk.i >= 0 and chunk.line >= 1 and chunk.items >= 1 and 0 <= chunk.start < chunk.end):
            raise BadInput("what arrived is no chunk: its numbers can't be those of a run of lines")
        if chunk.end - chunk.start > MOST_BYTES:
            raise BadInput(
                f"what arrived is no chunk: it has {chunk.end - chunk.start:,} bytes, {MOST_BYTES:,} at most"
            )
        return chunk


class ChunkCutter:
    """Cuts lines into chunks as they pass by. A chunk is full at `size` items or `MAX_BYTES`, whichever comes first.

    Parameters
    ----------
    size : int
        Items.
    most : int
        How many chunks there may be.
    """

    def __init__(self, size: int, *, most: int) -> None:
        self._size = size
        self._most = most
        self._start = self._end = 0
        self._line = 1
        self._items = 0
        self._chunks: list[Chunk] = []

    def skip(self, header: bytes) -> None:
        """Pass over the header, if there is one, before anything else."""
        if header:
            self._start = self._end = len(header)
            self._line = 2

    def add(self, lengths: Sequence[int]) -> None:
        """Take in lines, by their lengths in bytes.

        Raises
        ------
        BadInput
            There are more chunks than there may be.
        """
        at = 0
        while at < len(lengths):
            some = lengths[at : at + self._size - self._items]
            if self._end - self._start + sum(some) > MAX_BYTES:
                some = some[: self._fitting(some)]
            self._items += len(some)
            self._end += sum(some)
            at += len(some)
            if self._items == self._size or at < len(lengths):
                self.close()

    def make_room(self, items: int, size: int) -> None:
        """Close the open chunk if so many items of so many bytes together don't fit into what is left of it."""
        if self._items + items > self._size or self._end - self._start + size > MAX_BYTES:
            self.close()

    def close(self) -> None:
        """Close the open chunk, unless it is empty. Raises `BadInput` where there are too many."""
        if not self._items:
            return
        if len(self._chunks) == self._most:
            raise BadInput(f'more than {self._most:,} chunks: raise "chunk_size", which is {self._size}')
        self._chunks.append(Chunk(len(self._chunks), self._start, self._end, self._line, self._items))
        self._start = self._end
        self._line += self._items
        self._items = 0

    def chunks(self) -> list[Chunk]:
        """All of them; the last is closed."""
        self.close()
        return self._chunks

    def _fitting(self, lengths: Sequence[int]) -> int:
        """How many of these lines the open chunk has room for, in bytes; one at least where it is empty."""
        room = MAX_BYTES - (self._end - self._start)
        fitting = sum(1 for end in accumulate(lengths) if end <= room)
        return fitting or (0 if self._items else 1)

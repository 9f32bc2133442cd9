"""A chunk: items that are worked on together, and counted by one record."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from tallygate.batch.errors import BadInput


@dataclass(frozen=True, slots=True)
class Chunk:
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
            return cls(**{name: int(raw[name]) for name in cls.__slots__})
        except (KeyError, TypeError, ValueError) as exc:
            raise BadInput(f"{raw!r} is no chunk: expected {', '.join(cls.__slots__)} as whole numbers") from exc


class ChunkCutter:
    """Cuts lines into chunks of `size` as they pass by."""

    def __init__(self, size: int, *, start: int, line: int) -> None:
        self._size = size
        self._open = Chunk(0, start, start, line, 0)

    def add(self, line: bytes) -> Iterator[Chunk]:
        """Take in a line; yields the chunk that it filled, if it did."""
        chunk = self._open
        self._open = Chunk(chunk.i, chunk.start, chunk.end + len(line), chunk.line, chunk.items + 1)
        if self._open.items == self._size:
            yield from self.rest()

    def rest(self) -> Iterator[Chunk]:
        """The chunk that is open, unless it is empty."""
        chunk = self._open
        if chunk.items:
            yield chunk
            self._open = Chunk(chunk.i + 1, chunk.end, chunk.end, chunk.line + chunk.items, 0)

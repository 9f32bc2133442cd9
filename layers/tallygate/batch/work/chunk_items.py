"""The items of a chunk, each made when it is asked for: in memory are the chunk's bytes and where its lines begin."""

from array import array
from collections.abc import Iterator

from tallygate.batch.chunk import Chunk
from tallygate.batch.errors import InvariantBroken
from tallygate.batch.plan.manifest_lines import LineReader
from tallygate.batch.worker import Item


class ChunkItems:
    """Items by their number within the chunk.

    Parameters
    ----------
    content : bytes
        The chunk's lines.
    chunk : Chunk
    reader : LineReader

    Raises
    ------
    InvariantBroken
        The bytes hold another number of lines than the chunk: they are not what was planned.
    """

    def __init__(self, content: bytes, chunk: Chunk, reader: LineReader) -> None:
        self._content = content
        self._line = chunk.line
        self._reader = reader
        self._starts = array("L", _starts(content))
        if len(self._starts) != chunk.items:
            raise InvariantBroken(
                f"chunk {chunk.i} has {chunk.items} items and its bytes {chunk.start} to {chunk.end} hold "
                f"{len(self._starts)} lines: the manifest's version is not the one that was planned"
            )

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, number: int) -> Item:
        """The item. Raises `BadInput`: the worker's code has changed since the batch was planned."""
        start = self._starts[number]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._content)
        return self._reader.item(self._content[start:end], self._line + number)

    def id(self, number: int) -> str:
        """The item's id; that of its line where none can be made of it any more."""
        try:
            return self[number].id
        except BaseException:  # noqa: BLE001 (it is the user's code that makes ids)
            return f"line {self._line + number}"


def _starts(content: bytes) -> Iterator[int]:
    start = 0
    while start < len(content):
        yield start
        start = content.find(b"\n", start) + 1 or len(content)

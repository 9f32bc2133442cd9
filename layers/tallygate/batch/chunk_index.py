"""The chunk index: all chunks of a generation, a JSON array in S3 whose rows have one width.

The Distributed Map reads it as JSON; we read any chunk's row by its bytes, whatever the size of the batch.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from tallygate.batch.chunk import Chunk
from tallygate.batch.errors import BadInput
from tallygate.batch.objects import ObjectStore
from tallygate.batch.records import Source

ROW_BYTES = 128
ROWS_AT_ONCE = 4096  # half a MB


def rows(chunks: Iterable[Chunk]) -> Iterator[bytes]:
    """The array's rows, and its end. Row i is `ROW_BYTES` long and holds chunk i after a bracket or a comma.

    Raises
    ------
    ValueError
        A chunk's numbers are too long for a row: they are no bytes of an S3 object.
    """
    before = b"["
    for chunk in chunks:
        row = before + json.dumps(chunk.to_json(), separators=(",", ":")).encode()
        if len(row) >= ROW_BYTES:
            raise ValueError(f"{chunk} does not fit into {ROW_BYTES} bytes")
        yield row.ljust(ROW_BYTES - 1) + b"\n"
        before = b","
    yield b"]" if before == b"," else b"[]"


class ChunkIndex:
    """Reads an index.

    Parameters
    ----------
    objects : ObjectStore
    source : Source
        Where the index is.
    chunks : int
        How many rows it has.
    """

    def __init__(self, objects: ObjectStore, source: Source, chunks: int) -> None:
        self._objects = objects
        self._source = source
        self._chunks = chunks

    def chunks(self, numbers: Sequence[int]) -> Iterator[Chunk]:
        """The chunks of these numbers, which ascend. One read for those that lie close together.

        Raises
        ------
        Unavailable
        """
        for run in _runs(numbers):
            rows = self._rows(run[0], run[-1] + 1)
            yield from (rows[i - run[0]] for i in run)

    def __iter__(self) -> Iterator[Chunk]:
        """All chunks in order, in bounded memory."""
        for first in range(0, self._chunks, ROWS_AT_ONCE):
            yield from self._rows(first, min(first + ROWS_AT_ONCE, self._chunks))

    def _rows(self, first: int, end: int) -> list[Chunk]:
        content = self._objects.read(self._source, first * ROW_BYTES, end * ROW_BYTES)
        starts = range(0, (end - first) * ROW_BYTES, ROW_BYTES)
        try:
            # The first byte parts the row from the one before.
            return [Chunk.from_json(json.loads(content[at + 1 : at + ROW_BYTES])) for at in starts]
        except (ValueError, BadInput):
            # Planned by release 0.1: an array whose rows differ in width, of at most 20,000 chunks.
            return [Chunk.from_json(raw) for raw in json.loads(self._objects.read(self._source))[first:end]]


def _runs(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """Numbers in groups that one read covers: a gap of some rows costs less than a request."""
    begin = 0
    for at in range(1, len(numbers) + 1):
        if at == len(numbers) or numbers[at] - numbers[at - 1] > 64 or numbers[at] - numbers[begin] >= ROWS_AT_ONCE:
            yield numbers[begin:at]
            begin = at

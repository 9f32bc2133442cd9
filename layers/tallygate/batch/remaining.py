"""What a generation leaves over: the lines of failed and abandoned items, and the errors of the failed ones."""

import json
from collections.abc import Iterable, Iterator, Sequence

from tallygate.batch.chunk import Chunk
from tallygate.batch.chunk_index import ChunkIndex
from tallygate.batch.objects import ObjectStore
from tallygate.batch.records import ChunkRecord, Failure, Manifest, Outcome, Source


class Unplaced(Exception):
    """A failed item has no number: a release before 0.2 did not note it."""


class Remaining:
    """Reads what is left over, chunk by chunk: memory is bounded by a chunk and the failures in the records.

    Parameters
    ----------
    objects : ObjectStore
    manifest : Manifest
    records : iterable of ChunkRecord
        All of the generation's; those without failed or abandoned items are not kept.
    """

    def __init__(self, objects: ObjectStore, manifest: Manifest, records: Iterable[ChunkRecord]) -> None:
        self._objects = objects
        self._manifest = manifest
        kept = (record for record in records if record.failed or record.abandoned)
        self._records = sorted(kept, key=lambda record: record.i)

    @property
    def empty(self) -> bool:
        """True if every item is ok."""
        return not self._records

    def lines(self) -> Iterator[bytes]:
        """The header and the lines, in blocks, in the manifest's order: a manifest itself.

        Raises
        ------
        Unplaced
            Where some failed item stands is not known.
        """
        numbers = [record.i for record in self._records]
        chunks = ChunkIndex(self._objects, self._manifest.index, self._manifest.chunks).chunks(numbers)
        yield self._header()
        for record, chunk in zip(self._records, chunks, strict=True):
            yield b"".join(line + b"\n" for line in self._lines_of(record, chunk))

    def failures(self) -> Iterator[bytes]:
        """A line of JSON for each failed item: its id and its error."""
        for record in self._records:
            for one in self.failures_of(record):
                yield json.dumps({"id": one.id, "error": one.error}).encode() + b"\n"

    def failures_of(self, record: ChunkRecord) -> Sequence[Failure]:
        """The failed items of a chunk, wherever they are."""
        if not record.failures_key:
            return record.failures
        there = Source(bucket=self._manifest.index.bucket, key=record.failures_key, version="")
        return _read_failures(self._objects.read(there))

    def _header(self) -> bytes:
        if not self._manifest.columns:
            return b""
        (first,) = ChunkIndex(self._objects, self._manifest.index, self._manifest.chunks).chunks([0])
        return self._objects.read(self._manifest.source, 0, first.start)

    def _lines_of(self, record: ChunkRecord, chunk: Chunk) -> Iterator[bytes]:
        lines = self._objects.read(self._manifest.source, chunk.start, chunk.end).split(b"\n")[: chunk.items]
        if record.outcome is Outcome.ABANDONED:
            return iter(lines)
        return (lines[number] for number in sorted(map(_number, self.failures_of(record))))


def _number(failure: Failure) -> int:
    if failure.number is None:
        raise Unplaced(failure.id)
    return failure.number


def _read_failures(content: bytes) -> Sequence[Failure]:
    return tuple(Failure(raw["id"], raw["error"], raw.get("number")) for raw in json.loads(content))

"""What a generation leaves over: the lines of failed and abandoned items, and the errors of the failed ones."""

import json
from collections.abc import Iterable, Iterator, Sequence

from tallygate.batch.chunk import Chunk
from tallygate.batch.chunk_index import ChunkIndex
from tallygate.batch.objects import ObjectStore
from tallygate.batch.records import ChunkRecord, Failure, Manifest, Outcome, Source


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

    @property
    def known(self) -> bool:
        """False if some failed item's place is not: a release before 0.2 did not note it."""
        return all(one.number is not None for record in self._records for one in self.failures_of(record))

    def lines(self) -> Iterator[bytes]:
        """The header and the lines, in blocks, in the manifest's order: a manifest itself."""
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
        return (lines[number] for number in sorted(_numbers(self.failures_of(record))))


def _numbers(failures: Sequence[Failure]) -> Iterator[int]:
    return (one.number for one in failures if one.number is not None)


def _read_failures(content: bytes) -> Sequence[Failure]:
    return tuple(Failure(raw["id"], raw["error"], raw.get("number")) for raw in json.loads(content))

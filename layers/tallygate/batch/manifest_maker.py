"""Makes the manifest record of a generation: checks the items, cuts them into chunks, writes the chunk index."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from tallygate.batch.chunk import Chunk, ChunkCutter
from tallygate.batch.chunk_index import rows
from tallygate.batch.duplicates import Duplicates
from tallygate.batch.errors import BadInput
from tallygate.batch.location import Location
from tallygate.batch.manifest_lines import LineReader, split_lines
from tallygate.batch.objects import ObjectStore, Opened
from tallygate.batch.records import Manifest
from tallygate.batch.worker import Worker

CHUNKS_PER_SHARD = 1000
MAX_SHARDS = 64
MAX_CHUNKS = 20_000  # what the gatekeeper reads at each poll


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What is to be made.

    Parameters
    ----------
    batch : str
    number : int
    manifest : Location
        Where the items are.
    parameters : mapping
        As they are kept in the record.
    since, started : datetime
        When the batch and this generation were planned, UTC.
    max_items : int or None
        More are refused.
    """

    batch: str
    number: int
    manifest: Location
    parameters: Mapping[str, Any]
    since: datetime
    started: datetime
    max_items: int | None = None


class ManifestMaker:
    """Makes manifest records.

    Parameters
    ----------
    objects : ObjectStore
    workers : sequence of Worker
        What the domain offers.
    """

    def __init__(self, objects: ObjectStore, workers: Sequence[Worker]) -> None:
        self._objects = objects
        self._workers = {worker.name: worker for worker in workers}

    def make(self, wanted: Generation) -> Manifest:
        """The manifest record. Objects are written, but nothing that counts.

        Raises
        ------
        BadInput
            The items can't be read, or something is wrong with them.
        Unavailable
        """
        opened = self._objects.open(wanted.manifest)
        if not opened.source.version:
            opened = self._objects.adopt(opened, f"batches/{wanted.batch}/{uuid4()}/manifest.{wanted.manifest.format}")
        try:
            columns, chunks = self._chunks(opened, wanted)
        except BadInput as exc:
            raise BadInput(f"{wanted.manifest}: {exc}") from exc
        # Under a key of its own: of two plans at once for one name, the loser's index must not replace the winner's.
        index = self._objects.put(
            f"batches/{wanted.batch}/g{wanted.number}/index-{uuid4()}.json", b"".join(rows(chunks))
        )
        return Manifest(
            batch=wanted.batch,
            generation=wanted.number,
            items=sum(chunk.items for chunk in chunks),
            chunk_size=wanted.parameters["chunk_size"],
            chunks=len(chunks),
            shards=shards(len(chunks)),
            columns=columns,
            source=opened.source,
            index=index,
            since=wanted.since,
            started=wanted.started,
            deadline=wanted.started + timedelta(minutes=wanted.parameters["deadline_minutes"]),
            parameters=wanted.parameters,
        )

    def _chunks(self, opened: Opened, wanted: Generation) -> tuple[tuple[str, ...], list[Chunk]]:
        lines = split_lines(opened.blocks)
        reader, start, number = self._reader(lines, wanted)
        size = wanted.parameters["chunk_size"]
        cutter = ChunkCutter(size, start=start, line=number)
        seen = Duplicates()
        chunks: list[Chunk] = []
        for line in lines:
            seen.add(reader.item(line, number).id, number)
            chunks.extend(cutter.add(line))
            if len(chunks) > MAX_CHUNKS:
                raise BadInput(f'more than {MAX_CHUNKS:,} chunks: raise "chunk_size", which is {size}')
            number += 1
        chunks.extend(cutter.rest())
        if not chunks:
            raise BadInput("the file has no items: upload a manifest with at least one")
        return reader.columns, chunks

    def _reader(self, lines: Iterator[bytes], wanted: Generation) -> tuple[LineReader, int, int]:
        """The reader, and where the first item is: its byte and its line."""
        worker = self._workers[wanted.parameters["worker"]]
        if wanted.manifest.format == "jsonl":
            return LineReader(worker=worker), 0, 1
        header = next(lines, b"")
        if not header:
            raise BadInput("the file is empty: upload a manifest with a header and at least one item")
        return LineReader.for_csv(header, worker), len(header), 2


def shards(chunks: int) -> int:
    """Over how many partition keys the chunk records are spread: each takes 1,000 write units a second."""
    return min(MAX_SHARDS, -(-chunks // CHUNKS_PER_SHARD))

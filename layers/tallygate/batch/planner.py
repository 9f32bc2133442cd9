"""Plan: from the input in the console to a manifest record and a chunk index, or to a clear refusal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from tallygate import clock
from tallygate.batch.chunk import Chunk, ChunkCutter
from tallygate.batch.chunk_index import rows
from tallygate.batch.duplicates import Duplicates
from tallygate.batch.errors import BadInput
from tallygate.batch.manifest_lines import LineReader, split_lines
from tallygate.batch.objects import ObjectStore, Opened
from tallygate.batch.records import Manifest
from tallygate.batch.request import NAME, BatchRequest
from tallygate.batch.store import BatchStore
from tallygate.batch.worker import Worker

CHUNKS_PER_SHARD = 1000
MAX_SHARDS = 64
MAX_CHUNKS = 20_000  # what the gatekeeper reads at each poll


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """The state machine's execution that asks.

    Parameters
    ----------
    name : str
        The batch's id where the input gives none. A redriven execution has the same one.
    started : datetime
        UTC.
    """

    name: str
    started: datetime


class Planner:
    """Plans batches.

    Parameters
    ----------
    records : BatchStore
    objects : ObjectStore
    workers : sequence of Worker
        What the domain offers; the first is the default.
    """

    def __init__(self, records: BatchStore, objects: ObjectStore, workers: Sequence[Worker]) -> None:
        self._records = records
        self._objects = objects
        self._workers = {worker.name: worker for worker in workers}

    def plan(self, raw: object, execution: Execution) -> dict[str, Any]:
        """Plan a batch, or adopt the one that was planned under the same id.

        Returns
        -------
        dict
            What the state machine goes on with.

        Raises
        ------
        BadInput
            Nothing was dispatched, and nothing is left that counts.
        """
        request = BatchRequest.parse(raw, tuple(self._workers.values()))
        batch = _batch_id(request, execution)
        standing = self._records.manifest(batch, 0)
        if standing is None:
            standing = self._records.put_manifest(self._read(batch, request, execution.started))
        if standing.parameters != request.parameters():
            raise BadInput(_other_parameters(standing, request))
        return _state(standing, request)

    def _read(self, batch: str, request: BatchRequest, started: datetime) -> Manifest:
        opened = self._objects.open(request.manifest)
        if not opened.source.version:
            opened = self._objects.adopt(opened, f"batches/{batch}/{uuid4()}/manifest.{request.manifest.format}")
        try:
            columns, chunks = self._chunks(opened, request)
        except BadInput as exc:
            raise BadInput(f"{request.manifest}: {exc}") from exc
        # Under a key of its own: of two plans at once for one name, the loser's index must not replace the winner's.
        index = self._objects.put(f"batches/{batch}/g0/index-{uuid4()}.json", b"".join(rows(chunks)))
        return Manifest(
            batch=batch,
            generation=0,
            items=sum(chunk.items for chunk in chunks),
            chunk_size=request.chunk_size,
            chunks=len(chunks),
            shards=shards(len(chunks)),
            columns=columns,
            source=opened.source,
            index=index,
            started=started,
            deadline=started + timedelta(minutes=request.deadline_minutes),
            parameters=request.parameters(),
        )

    def _chunks(self, opened: Opened, request: BatchRequest) -> tuple[tuple[str, ...], list[Chunk]]:
        lines = split_lines(opened.blocks)
        reader, start, number = self._reader(lines, request)
        cutter = ChunkCutter(request.chunk_size, start=start, line=number)
        seen = Duplicates()
        chunks: list[Chunk] = []
        for line in lines:
            seen.add(reader.item(line, number).id, number)
            chunks.extend(cutter.add(line))
            if len(chunks) > MAX_CHUNKS:
                raise BadInput(f'more than {MAX_CHUNKS:,} chunks: raise "chunk_size", which is {request.chunk_size}')
            number += 1
        chunks.extend(cutter.rest())
        if not chunks:
            raise BadInput("the file has no items: upload a manifest with at least one")
        return reader.columns, chunks

    def _reader(self, lines: Iterator[bytes], request: BatchRequest) -> tuple[LineReader, int, int]:
        """The reader, and where the first item is: its byte and its line."""
        worker = self._workers[request.worker]
        if request.manifest.format == "jsonl":
            return LineReader(worker=worker), 0, 1
        header = next(lines, b"")
        if not header:
            raise BadInput("the file is empty: upload a manifest with a header and at least one item")
        return LineReader.for_csv(header, worker), len(header), 2


def _batch_id(request: BatchRequest, execution: Execution) -> str:
    if request.name is None and not NAME.fullmatch(execution.name):
        raise BadInput(f"the execution's name {execution.name!r} can't be the batch's id: add \"name\" to the input")
    return request.name or execution.name


def shards(chunks: int) -> int:
    """Over how many partition keys the chunk records are spread: each takes 1,000 write units a second."""
    return min(MAX_SHARDS, -(-chunks // CHUNKS_PER_SHARD))


def _other_parameters(standing: Manifest, request: BatchRequest) -> str:
    ours = request.parameters()
    field = next(field for field in ours if ours[field] != standing.parameters.get(field))
    return (
        f'the batch {standing.batch!r} was planned at {clock.to_text(standing.started)} with "{field}" = '
        f"{standing.parameters.get(field)!r}, this input says {ours[field]!r}: use another name, or the same parameters"
    )


def _state(manifest: Manifest, request: BatchRequest) -> dict[str, Any]:
    return {
        "batch": manifest.batch,
        "generation": manifest.generation,
        "items": manifest.items,
        "chunks": manifest.chunks,
        "shards": manifest.shards,
        "concurrency": request.concurrency,
        "dispatch": request.dispatch,
        "on_incomplete": request.on_incomplete,
        "deadline": clock.to_text(manifest.deadline),
        "index": {"bucket": manifest.index.bucket, "key": manifest.index.key},
    }

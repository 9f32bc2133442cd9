"""Manifests for tests: read in blocks of any size, beside a reading that goes line by line and remembers everything."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallygate.batch import Worker
from tallygate.batch.chunk import Chunk
from tallygate.batch.errors import BadInput
from tallygate.batch.memory_objects import MemoryObjectStore
from tallygate.batch.objects import Opened
from tallygate.batch.plan.location import Location
from tallygate.batch.plan.manifest_lines import LineReader
from tallygate.batch.plan.manifest_reading import ManifestReading, ReadManifest
from tallygate.batch.plan.scratch import Scratch
from tests.unit.batch.batches import nothing

WORKER = Worker(name="test", process=nothing)
THERE = Location(bucket="flights", key="items.csv")


@dataclass(frozen=True)
class Case:
    """How a manifest is read."""

    format: str = "csv"
    worker: Worker = WORKER
    chunk_size: int = 3
    max_chunks: int = 1000
    group_by: str | None = None
    gzipped: bool = False
    unversioned: bool = False
    block_bytes: int = 1000
    room: int | None = None
    folder: Path | None = None


@dataclass(frozen=True)
class Result:
    """What came of it."""

    read: ReadManifest
    objects: MemoryObjectStore

    def content(self, chunk: Chunk) -> bytes:
        return self.objects.read(self.read.source, chunk.start, chunk.end)

    def chunks(self) -> list[list[bytes]]:
        """The lines of each chunk, as a worker reads them."""
        return [self.content(chunk).split(b"\n")[: chunk.items] for chunk in self.read.chunks]


def read(content: bytes, case: Case) -> Result:
    """Read it as the planner does."""
    objects = MemoryObjectStore(unversioned=frozenset({"flights"} if case.unversioned else ()))
    objects.upload(THERE, content)
    opened = objects.open(THERE)
    reading = ManifestReading(
        objects,
        case.worker,
        chunk_size=case.chunk_size,
        max_chunks=case.max_chunks,
        scratch=Scratch(case.folder, case.room),
        format=case.format,
        gzipped=case.gzipped,
        group_by=case.group_by,
    )
    blocks = (content[at : at + case.block_bytes] for at in range(0, len(content), case.block_bytes))
    return Result(reading.read(Opened(source=opened.source, blocks=blocks), prefix="batches/b1/g0/"), objects)


def told(content: bytes, case: Case) -> Any:
    """The chunks, or what is said against the manifest."""
    try:
        return read(content, case).read.chunks
    except BadInput as exc:
        return str(exc)


def simply(content: bytes, case: Case) -> Any:
    """The same without blocks, hashes or a disk: chunks of items only, no groups."""
    try:
        return list(_simple_chunks(content, case))
    except BadInput as exc:
        return str(exc)


def _simple_chunks(content: bytes, case: Case) -> Iterator[Chunk]:
    lines = _lines(content)
    reader, start = LineReader(worker=case.worker), 0
    if case.format == "csv":
        if not lines:
            raise BadInput("the file is empty: upload a manifest with a header and at least one item")
        reader, start = LineReader.for_csv(lines[0], case.worker), 1
    if not lines[start:]:
        raise BadInput("the file has no items: upload a manifest with at least one")
    ids = [reader.item(line, number).id for number, line in enumerate(lines[start:], start + 1)]
    first: dict[str, int] = {}
    for number, item_id in enumerate(ids, start + 1):
        if first.setdefault(item_id, number) != number:
            raise BadInput(f"line {number} repeats the id {item_id!r} of line {first[item_id]}: remove one of them")
    at = len(b"".join(lines[:start]))
    for i, begin in enumerate(range(start, len(lines), case.chunk_size)):
        some = lines[begin : begin + case.chunk_size]
        end = at + len(b"".join(some))
        yield Chunk(i, at, end, begin + 1, len(some))
        at = end


def _lines(content: bytes) -> list[bytes]:
    """Only a line feed ends a line."""
    *ended, rest = content.split(b"\n")
    return [line + b"\n" for line in ended] + ([rest] if rest else [])

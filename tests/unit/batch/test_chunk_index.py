"""The chunk index: one width for every row, so that any chunk is read by its bytes."""

import json
from dataclasses import dataclass, field

import pytest

from tallygate.batch.chunk import Chunk
from tallygate.batch.chunk_index import ROW_BYTES, ROWS_AT_ONCE, ChunkIndex, rows
from tallygate.batch.memory_objects import MemoryObjectStore
from tallygate.batch.records import Source


def chunks(count: int) -> list[Chunk]:
    return [Chunk(i, 7 * i, 7 * i + 7, i + 2, 1) for i in range(count)]


@dataclass
class Watched(MemoryObjectStore):
    """Notes the reads."""

    reads: list[tuple[int, int | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def read(self, source: Source, start: int = 0, end: int | None = None) -> bytes:
        self.reads.append((start, end))
        return super().read(source, start, end)


def index(count: int) -> tuple[ChunkIndex, Watched]:
    objects = Watched()
    return ChunkIndex(objects, objects.put("index.json", b"".join(rows(chunks(count)))), count), objects


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_it_is_json_for_the_map(count: int) -> None:
    content = b"".join(rows(chunks(count)))
    assert [Chunk.from_json(raw) for raw in json.loads(content)] == chunks(count)
    assert len(content) == count * ROW_BYTES + (1 if count else 2)


def test_all_chunks_are_read_in_pieces() -> None:
    every, objects = index(ROWS_AT_ONCE + 1)
    assert list(every) == chunks(ROWS_AT_ONCE + 1)
    assert len(objects.reads) == 2


def test_neighbours_are_read_at_once_and_others_apart() -> None:
    some, objects = index(5000)
    wanted = [0, 1, 3, 64, 300, 4999]
    assert [chunk.i for chunk in some.chunks(wanted)] == wanted
    assert [(start // ROW_BYTES, (end or 0) // ROW_BYTES) for start, end in objects.reads] == [
        (0, 65),
        (300, 301),
        (4999, 5000),
    ]


@pytest.mark.parametrize("count", [1, 2, 50])
def test_an_index_of_release_0_1_is_read_too(count: int) -> None:
    """A deployment may come between a plan and its gatekeeper."""
    objects = MemoryObjectStore()
    source = objects.put("index.json", json.dumps([chunk.to_json() for chunk in chunks(count)]).encode())
    old = ChunkIndex(objects, source, count)
    assert list(old) == chunks(count)
    assert list(old.chunks([count - 1])) == chunks(count)[-1:]


def test_a_read_is_never_larger_than_its_limit() -> None:
    every, objects = index(2 * ROWS_AT_ONCE)
    assert len(list(every.chunks(range(2 * ROWS_AT_ONCE)))) == 2 * ROWS_AT_ONCE
    assert all((end or 0) - start <= ROWS_AT_ONCE * ROW_BYTES for start, end in objects.reads)


def test_the_largest_chunk_of_the_largest_object_fits() -> None:
    largest = Chunk(20_000_000, 10**13, 10**13, 10**11, 10_000)
    assert len(next(rows([largest]))) == ROW_BYTES
    with pytest.raises(ValueError, match="does not fit"):
        next(rows([Chunk(10**40, 10**40, 10**40, 10**40, 10**40)]))

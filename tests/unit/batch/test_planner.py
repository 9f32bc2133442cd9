"""Plan: chunks by byte range, ids checked, one manifest for a name; and refusals that leave nothing behind."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tallygate.batch import Item, Worker
from tallygate.batch.chunk import Chunk
from tallygate.batch.errors import BadInput
from tallygate.batch.plan.location import Location
from tallygate.batch.plan.manifest_lines import LineReader
from tallygate.batch.plan.manifest_maker import shards
from tallygate.batch.records import Manifest
from tests.unit.batch.batches import MANIFEST, Bench, nothing

WORKER = Worker(name="test", process=nothing)


def items_of(bench: Bench) -> list[Item]:
    """All items, read as workers read them: chunk by chunk, by byte range."""
    found: list[Item] = []
    manifest = bench.manifest()
    reader = LineReader(worker=WORKER, columns=manifest.columns)
    for task in bench.tasks():
        lines = bench.objects.read(manifest.source, task.chunk.start, task.chunk.end).split(b"\n")[: task.chunk.items]
        found += [reader.item(line, task.chunk.line + n) for n, line in enumerate(lines)]
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 7, 500])
@pytest.mark.parametrize("end", ["\n", ""], ids=["final newline", "none"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_chunks_cover_every_line_once(size: int, end: str, newline: str) -> None:
    bench = Bench()
    lines = ["\ufeffid,note", *(f'{n},"é, {"x" * n}"' for n in range(100))]
    bench.objects.upload(MANIFEST, (newline.join(lines) + end).encode())
    state = bench.plan({"chunk_size": size})
    assert (state["items"], state["chunks"], state["batch"], state["generation"]) == (100, -(-100 // size), "b1", 0)
    items = items_of(bench)
    assert [item.id for item in items] == [str(n) for n in range(100)]
    assert [item.line for item in items] == list(range(2, 102))
    assert items[3].data == {"id": "3", "note": "é, xxx"}
    assert sum(task.chunk.items for task in bench.tasks()) == 100


def test_jsonl() -> None:
    bench = Bench()
    there = Location(bucket="flights", key="items.jsonl")
    bench.objects.upload(there, b'{"id": "a", "n": 1}\n{"id": "b", "n": null}\n')
    bench.plan({"manifest": str(there), "chunk_size": 1})
    assert [(item.id, item.data["n"], item.line) for item in items_of(bench)] == [("a", 1, 1), ("b", None, 2)]


def test_starting_the_same_again_adopts_the_stored_manifest() -> None:
    bench = Bench()
    bench.upload(1, 2, 3)
    first = bench.plan({"name": "again"})
    bench.upload(4, 5)  # overwritten meanwhile
    bench.clock.sleep(60)
    assert bench.plan({"name": "again"}, name="another-execution") == first


def test_a_manifest_that_is_overwritten_in_mid_batch_changes_nothing() -> None:
    bench = Bench()
    bench.upload(1, 2, 3)
    bench.plan()
    bench.upload(7, 8, 9)
    assert [item.id for item in items_of(bench)] == ["1", "2", "3"]


def test_an_unversioned_manifest_is_copied_first() -> None:
    bench = Bench()
    bench.objects._unversioned = frozenset({"flights"})
    bench.upload(1, 2, 3)
    bench.plan()
    bench.upload(7, 8, 9)
    assert bench.manifest().source.bucket == "batches"
    assert [item.id for item in items_of(bench)] == ["1", "2", "3"]


def test_the_same_name_with_other_parameters_is_refused() -> None:
    bench = Bench()
    bench.upload(1, 2, 3)
    bench.plan({"name": "n"})
    with pytest.raises(BadInput, match=r"'n' was planned at .* with \"chunk_size\" = 500, this input says 7"):
        bench.plan({"name": "n", "chunk_size": 7})


def test_of_two_plans_at_once_for_one_name_both_get_the_winner(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loser had read another content: its chunks must not be dispatched against the winner's manifest."""
    bench = Bench()
    bench.upload(1, 2, 3)
    put = bench.records.put_manifest

    def slow(manifest: Manifest) -> Manifest:
        monkeypatch.undo()
        bench.upload(4, 5, 6, 7)
        winner = bench.plan({"chunk_size": 2})
        assert winner["items"] == 4
        return put(manifest)

    monkeypatch.setattr(bench.records, "put_manifest", slow)
    state = bench.plan({"chunk_size": 2})
    assert state["items"] == 4
    assert [item.id for item in items_of(bench)] == ["4", "5", "6", "7"]


@pytest.mark.parametrize(("chunks", "expected"), [(1, 1), (1000, 1), (1001, 2), (200_000, 64)])
def test_chunk_records_are_spread_over_shards(chunks: int, expected: int) -> None:
    assert shards(chunks) == expected


REFUSED = [
    (b"", "the file is empty: upload a manifest with a header"),
    (b"id\n", "the file has no items"),
    (b"name\nx\n", r"line 1: the column 'id' is missing, which worker 'test' needs: the header has name"),
    (b"id,x,x\n1,2,3\n", "line 1: the column 'x' stands there twice"),
    (b"id\n1\n2\n1\n", "line 4 repeats the id '1' of line 2"),
    (b"id\n1\n\xff\n", "line 3 is not UTF-8 .byte 1.: save the file as UTF-8"),
    (b"\xff\xfeid\n", "line 1 is not UTF-8"),
    (b"id,x\n1,2\n3\n", "line 3 has 1 fields, the header 2"),
    (b'id,x\n1,"2\n3",4\n', "line 2 is malformed .*a quoted field must end on its line"),
    (b"id\n1\n\n2\n", "line 3 is empty: remove it"),
    (b"id\n" + b"x" * 70_000 + b"\n", "line 2 is longer than 65536 bytes"),
    (b"id\n1\n" + b"x" * 70_000, "line 3 is longer than 65536 bytes"),
    (b"id\n" + b"x" * 600 + b"\n", "line 2: the item id .* must have 1 to 512 bytes"),
    (b'id\n""\n', "line 2: the item id '' must have"),
]


@pytest.mark.parametrize(("content", "says"), REFUSED)
def test_a_bad_manifest_names_the_line_and_leaves_nothing(content: bytes, says: str) -> None:
    bench = Bench()
    bench.objects.upload(MANIFEST, content)
    with pytest.raises(BadInput, match=says) as error:
        bench.plan()
    assert str(error.value).startswith("s3://flights/items.csv: ")
    assert bench.records.manifest("b1", 0) is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"1\n", "line 1 is not a JSON object"),
        (b"{\n", "line 1 is not JSON"),
        (b"[" * 60_000 + b"\n", "line 1 is not JSON"),
        (b'{"x": 1}\n', "line 1: the field 'id' is missing"),
        (b'{"id": null}\n', "line 1: no item id can be made of it"),
        (b'{"id": 1.5}\n', "line 1: no item id can be made of it"),
        (b'{"id": "\\ud800"}\n', "line 1: no item id can be made of it"),
    ],
)
def test_bad_jsonl(line: bytes, says: str) -> None:
    bench = Bench()
    there = Location(bucket="flights", key="items.jsonl")
    bench.objects.upload(there, line)
    with pytest.raises(BadInput, match=says):
        bench.plan({"manifest": str(there)})


@pytest.mark.parametrize(
    "item_id",
    [lambda row: str(int(row["id"])), lambda row: row["no"], lambda row: len(row["id"])],
    ids=["value", "key", "type"],
)
def test_a_line_that_gives_no_id_is_refused(item_id: Callable[[Mapping[str, Any]], Any]) -> None:
    """An id may be made of several columns, by the worker's own function, which may stumble."""
    bench = Bench()
    bench.workers = (Worker(name="test", process=nothing, item_id=item_id),)
    bench.upload("January")
    with pytest.raises(BadInput, match=r"line 2: no item id can be made of it"):
        bench.plan()


def test_too_many_chunks_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallygate.batch.plan.manifest_maker.MAX_CHUNKS", 5)
    bench = Bench()
    bench.upload(*range(6))
    with pytest.raises(BadInput, match='more than 5 chunks: raise "chunk_size", which is 1'):
        bench.plan({"chunk_size": 1})


@pytest.mark.parametrize("name", ["-x", "étude", "a+b"])
def test_an_execution_whose_name_can_be_no_batch_asks_for_one(name: str) -> None:
    bench = Bench()
    bench.upload(1)
    with pytest.raises(BadInput, match=r"can't be the batch's id: add \"name\" to the input"):
        bench.plan(name=name)
    assert bench.plan({"name": "good"}, name=name)["batch"] == "good"


@pytest.mark.parametrize("raw", [None, {}, {"i": "x"}, [1]])
def test_a_chunk_that_is_none(raw: object) -> None:
    with pytest.raises(BadInput, match="is no chunk"):
        Chunk.from_json(raw)

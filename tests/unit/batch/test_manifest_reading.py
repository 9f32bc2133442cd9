"""A manifest is read in blocks, and nobody can tell: neither from the chunks nor from what is refused."""

import gzip
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tallygate.batch import Worker
from tallygate.batch.errors import BadInput
from tallygate.batch.plan.line_block import BlockReader, LineBlock
from tallygate.batch.plan.manifest_lines import MAX_LINE_BYTES, LineReader
from tests.unit.batch.batches import nothing
from tests.unit.batch.manifests import WORKER, Case, read, simply, told

ODD = ["\n", "\r\n", "\r", " ", "\t", "\0", "\ufeff", "\u2028", "\x1c"]
PIECES = ["1", "2", "23", "a", "é", "𝄞", "ß" * 200, ",", ",", '"', '""', '"x"', "\n", *ODD]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
ROWS = st.lists(st.builds(lambda a, b: f"{a},{b}\n", st.sampled_from(["1", "x", '"y"', '"a,b"']), TEXTS)).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "a", "b", "é", "\ud800", "\n", "x" * 600]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "g", "x"]), inner, max_size=3),
    max_leaves=5,
)
JSON_LINES = st.builds(
    lambda value, escaped, before, after: before + json.dumps(value, ensure_ascii=escaped) + after,
    VALUES | st.fixed_dictionaries({"id": st.integers(0, 9) | st.sampled_from(["1", "2", "a"])}),
    st.just(value=True) | st.booleans(),
    st.sampled_from(["", "", "", " ", "{", "\ufeff"]),
    st.sampled_from(["\n", "\n", "\n", "\r\n", " \n", "", "}\n", "{}\n", ",\n"]),
)
JSONL = st.lists(JSON_LINES, max_size=8).map(lambda lines: "".join(lines).encode(errors="replace"))
FUSSY = Worker(name="fussy", process=nothing, columns=("id", "g"))  # needs more than its ids are made of
BY_TWO = Worker(name="two", process=nothing, item_id=lambda row: f"{row['id']}/{int(row['n'])}", columns=("id", "n"))


def outcome(reader: BlockReader, content: bytes, how: str) -> Any:
    try:
        return getattr(reader, how)(LineBlock.of(content, 2))
    except BadInput as exc:
        return str(exc)


@pytest.mark.parametrize("columns", [("id",), ("id", "n"), ("n", "id", "g")], ids=len)
@pytest.mark.parametrize("worker", [WORKER, BY_TWO], ids=["column id", "two columns"])
@given(text=TEXTS | ROWS)
@example(text='1\n"2\n3"\n4\n')
@example(text='1,2\n3,"4\n",5\n')
@example(text="1,2\n\n3,4,5\n")
@settings(max_examples=100, deadline=None)
def test_a_block_of_csv_says_what_its_lines_say(columns: tuple[str, ...], worker: Worker, text: str) -> None:
    if text:
        reader = BlockReader(LineReader(worker=worker, columns=columns), columns[-1])
        at_once, one_by_one = (outcome(reader, text.encode(), how) for how in ("read", "one_by_one"))
        assert at_once == one_by_one


@pytest.mark.parametrize("worker", [WORKER, BY_TWO, FUSSY], ids=["field id", "two fields", "another field"])
@given(content=JSONL)
@example(content=b'{"id": "\\ud800", "g": 1}\n')
@example(content=b'{"id": 1.5, "g": 1}\n')
@example(content=b'{"id":\n"1"}\n')
@example(content=b'{"id": [1\n2]}, {"id": 3}\n')
@settings(max_examples=150, deadline=None)
def test_a_block_of_jsonl_says_what_its_lines_say(worker: Worker, content: bytes) -> None:
    if content:
        for group_by in (None, "g"):
            reader = BlockReader(LineReader(worker=worker), group_by)
            assert outcome(reader, content, "read") == outcome(reader, content, "one_by_one")


CASES = st.builds(
    Case,
    chunk_size=st.integers(1, 4),
    block_bytes=st.sampled_from([1, 2, 3, 7, 50, 1000]),
    unversioned=st.booleans(),
    gzipped=st.booleans(),
)


@given(
    header=st.sampled_from(["id", "id,n", "\ufeffid", "n", "id,id", '"id"', ""]),
    end=st.sampled_from(["\n", "\r\n", ""]),
    rows=ROWS | TEXTS | st.lists(st.integers(0, 20)).map(lambda ids: "".join(f"{id}\n" for id in ids)),
    case=CASES,
)
@example(header="id", end="\n", rows="1\n" * 3 + "x" * 70_000, case=Case(block_bytes=1000))
@settings(max_examples=150, deadline=None)
def test_any_csv_in_blocks_of_any_size(header: str, end: str, rows: str, case: Case) -> None:
    content = (header + end + rows).encode()
    assert told(gzip.compress(content) if case.gzipped else content, case) == simply(content, case)


@given(content=JSONL, case=CASES)
@settings(max_examples=100, deadline=None)
def test_any_jsonl_in_blocks_of_any_size(content: bytes, case: Case) -> None:
    case = replace(case, format="jsonl")
    assert told(gzip.compress(content) if case.gzipped else content, case) == simply(content, case)


@pytest.mark.parametrize("usual", ["1,2\n3,4\n", '"1","a,b"\n3,4\n', "é,1\r\nb,2\r\n"])
def test_what_is_usual_is_not_read_line_by_line(usual: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LineReader, "item", None)
    BlockReader(LineReader(worker=WORKER, columns=("id", "n")), "n").read(LineBlock.of(usual.encode(), 2))
    BlockReader(LineReader(worker=WORKER), None).read(LineBlock.of(b'{"id": "1"}\r\n{"id": 2, "n": [1]}\n', 1))


@pytest.mark.parametrize("block_bytes", [1000, 10**6])
@pytest.mark.parametrize("end", ["\n", ""])
def test_a_line_has_64_kib_with_its_line_feed(block_bytes: int, end: str) -> None:
    def content(bytes_of_a_line: int) -> bytes:
        return ("id,n\n1,2\n3," + "x" * (bytes_of_a_line - 2 - len(end)) + end).encode()

    case = Case(block_bytes=block_bytes)
    assert read(content(MAX_LINE_BYTES), case).read.items == 2
    with pytest.raises(BadInput, match="line 3 is longer than 65536 bytes"):
        read(content(MAX_LINE_BYTES + 1), case)


def test_a_chunk_has_bytes_enough_for_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallygate.batch.chunk.MAX_BYTES", 100)
    lengths = [30, 60, 8, 2, 98, 2, 100, 50, 120, 2]
    rows = [str(n).ljust(length - 1, "x") for n, length in enumerate(lengths)]
    found = read(("id\n" + "\n".join(rows) + "\n").encode(), Case(chunk_size=5, block_bytes=10_000))
    assert [chunk.items for chunk in found.read.chunks] == [4, 2, 1, 1, 1, 1]
    assert b"\n".join(line for lines in found.chunks() for line in lines).decode().split("\n") == rows


def test_chunks_are_counted_as_they_come() -> None:
    with pytest.raises(BadInput, match='more than 2 chunks: raise "chunk_size", which is 2'):
        read(b"id\n1\n2\n3\n4\n5\n", Case(chunk_size=2, max_chunks=2))
    assert len(read(b"id\n1\n2\n3\n4\n", Case(chunk_size=2, max_chunks=2)).read.chunks) == 2


def test_a_copy_has_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallygate.batch.plan.manifest_reading.MAX_WRITTEN_BYTES", 5_000)
    bomb = gzip.compress(b"id\n" + b"".join(b"%d\n" % n for n in range(2_000)))
    with pytest.raises(BadInput, match="the file has more than 5,000 bytes, unpacked: split the manifest"):
        read(bomb, Case(gzipped=True))


JSONL_BY_CUSTOMER = Case(format="jsonl", group_by="customer")


def packed(content: bytes) -> bytes:
    """Without the time, lest each process collects tests of other names."""
    return gzip.compress(content, mtime=0)


REFUSED = [
    (b"id\n1\n", Case(gzipped=True), "the file is not gzip, although its key ends in .gz"),
    (packed(b"id\n1\n")[:-5], Case(gzipped=True), "the gzip file is cut off after 5 bytes of content"),
    (
        packed(b"id\n1\n") + b"2\n",
        Case(gzipped=True),
        "the gzip file is damaged after 5 bytes of content",
    ),
    (b"", Case(gzipped=True), "the file is empty: upload a manifest with a header"),
    (packed(b"id\n"), Case(gzipped=True), "the file has no items: upload a manifest with at least one"),
    (
        packed(b"id\n1\n2\n1\n"),
        Case(gzipped=True),
        "line 4 repeats the id '1' of line 2: remove one of them",
    ),
    (b"id,n\n1,2\n", Case(group_by="customer"), "line 1: the column 'customer' is missing, by which items are to be"),
    (b'{"id": 1, "customer": 7}\n{"id": 2}\n', JSONL_BY_CUSTOMER, "line 2: the field 'customer' is missing, by which"),
    (
        b'{"id": 1, "customer": 7}\n{"id": 2, "customer": null}\n',
        JSONL_BY_CUSTOMER,
        "line 2: .* is 'None', neither text",
    ),
]


@pytest.mark.parametrize(("content", "case", "says"), REFUSED)
def test_what_is_refused_says_what_and_where(content: bytes, case: Case, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read(content, case)

"""`group_by`: what belongs together stays together, in order, whatever memory there is."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallygate.batch.errors import BadInput
from tests.unit.manifests import Case, read

KEYS = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 60)), max_size=60, min_size=1)


@contextmanager
def bounds(*, held: int, chunk_bytes: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tallygate.batch.grouping.HELD_BYTES", held)
        patched.setattr("tallygate.batch.chunk.MAX_BYTES", chunk_bytes)
        yield


@given(
    items=KEYS,
    newline=st.sampled_from(["\n", "\r\n"]),
    ended=st.booleans(),
    size=st.integers(1, 9),
    held=st.sampled_from([0, 300, 3000, 10**6]),
    chunk_bytes=st.sampled_from([100, 10**6]),
    block=st.sampled_from([10, 200, 10_000]),
    unversioned=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_every_line_once_in_order_and_together(
    items: Sequence[tuple[str, int]],
    newline: str,
    ended: bool,  # noqa: FBT001 (drawn)
    size: int,
    held: int,
    chunk_bytes: int,
    block: int,
    unversioned: bool,  # noqa: FBT001 (drawn)
) -> None:
    lines = [f'{number},{key},"a\r{"x" * width}"' for number, (key, width) in enumerate(items)]
    content = newline.join(["\ufeffid,key,note", *lines]) + newline * ended
    with bounds(held=held, chunk_bytes=chunk_bytes):
        found = read(
            content.encode(), Case(chunk_size=size, group_by="key", block_bytes=block, unversioned=unversioned)
        )
    chunks = [[line.rstrip(b"\r").decode() for line in lines] for lines in found.chunks()]
    out = [line for chunk in chunks for line in chunk]
    assert sorted(out) == sorted(lines)
    keys = [line.split(",")[1] for line in out]
    assert len(list(groupby(keys))) == len(set(keys))
    for key in set(keys):
        mine = [line for line in lines if line.split(",")[1] == key]
        assert [line for line in out if line.split(",")[1] == key] == mine
        bytes_of_mine = sum(len(line.encode()) + len(newline) for line in mine)
        holders = [chunk for chunk in chunks if any(line.split(",")[1] == key for line in chunk)]
        if len(mine) <= size and bytes_of_mine <= chunk_bytes:
            assert len(holders) == 1
        else:
            assert holders[0][0] == mine[0]  # a group that is split begins a chunk
    assert all(len(chunk) <= size for chunk in chunks)
    assert found.objects.read(found.read.source).startswith("\ufeffid,key,note".encode())
    assert found.read.items == len(lines)


def test_one_key_with_very_many_lines_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Held, it would take the whole memory."""
    monkeypatch.setattr("tallygate.batch.grouping.HELD_BYTES", 10_000)
    monkeypatch.setattr("tallygate.batch.pile.Pile.groups", None)
    found = read(b"id,key\n" + b"".join(b"%d,a\n" % n for n in range(2_000)), Case(chunk_size=700, group_by="key"))
    assert [len(lines) for lines in found.chunks()] == [700, 700, 600]


def test_numbers_and_texts_of_json_are_one_key() -> None:
    content = b'{"id": 1, "k": "7"}\n{"id": 2, "k": "8"}\n{"id": 3, "k": 7}'
    found = read(content, Case(format="jsonl", chunk_size=2, group_by="k"))
    assert found.chunks() == [[b'{"id": 1, "k": "7"}', b'{"id": 3, "k": 7}'], [b'{"id": 2, "k": "8"}']]


def test_errors_name_the_line_of_the_file_that_was_uploaded() -> None:
    with pytest.raises(BadInput, match="line 6 repeats the id '1' of line 2"):
        read(b"id,k\n1,a\n2,b\n3,a\n4,b\n1,a\n", Case(group_by="k", unversioned=True))

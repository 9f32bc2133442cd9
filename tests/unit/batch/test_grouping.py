"""`group_by`: what belongs together stays together, in order, whatever memory there is."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallygate.batch.errors import BadInput
from tests.unit.batch.manifests import Case, read

KEYS = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 60)), max_size=60, min_size=1)


@dataclass(frozen=True)
class Bounds:
    """Of memory and of a chunk, small enough to be met."""

    held: int
    chunk_bytes: int

    @contextmanager
    def hold(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("tallygate.batch.plan.grouping.HELD_BYTES", self.held)
            patched.setattr("tallygate.batch.chunk.MAX_BYTES", self.chunk_bytes)
            yield


@given(
    items=KEYS,
    newline=st.sampled_from(["\n", "\r\n"]),
    end=st.integers(0, 1),
    bounds=st.builds(Bounds, st.sampled_from([0, 300, 3000, 10**6]), st.sampled_from([100, 10**6])),
    case=st.builds(
        Case,
        chunk_size=st.integers(1, 9),
        group_by=st.just("key"),
        block_bytes=st.sampled_from([10, 200, 10_000]),
        unversioned=st.booleans(),
    ),
)
@settings(max_examples=200, deadline=None)
def test_every_line_once_in_order_and_together(
    items: Sequence[tuple[str, int]], newline: str, end: int, bounds: Bounds, case: Case
) -> None:
    lines = [f'{number},{key},"a\r{"x" * width}"' for number, (key, width) in enumerate(items)]
    content = newline.join(["\ufeffid,key,note", *lines]) + newline * end
    with bounds.hold():
        found = read(content.encode(), case)
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
        if len(mine) <= case.chunk_size and bytes_of_mine <= bounds.chunk_bytes:
            assert len(holders) == 1
        else:
            assert holders[0][0] == mine[0]  # a group that is split begins a chunk
    assert all(len(chunk) <= case.chunk_size for chunk in chunks)
    assert found.objects.read(found.read.source).startswith("\ufeffid,key,note".encode())
    assert found.read.items == len(lines)


def test_one_key_with_very_many_lines_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Held, it would take the whole memory."""
    monkeypatch.setattr("tallygate.batch.plan.grouping.HELD_BYTES", 10_000)
    monkeypatch.setattr("tallygate.batch.plan.pile.Pile.groups", None)
    found = read(b"id,key\n" + b"".join(b"%d,a\n" % n for n in range(2_000)), Case(chunk_size=700, group_by="key"))
    assert [len(lines) for lines in found.chunks()] == [700, 700, 600]


def test_a_part_that_is_too_large_is_parted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 300 keys some share the first six bits, whatever the hash."""
    monkeypatch.setattr("tallygate.batch.plan.grouping.HELD_BYTES", 0)
    content = b"id,key\n" + b"".join(b"%d,%d\n" % (n, n % 300) for n in range(1200))
    found = read(content, Case(chunk_size=4, group_by="key"))
    keys = [[line.split(b",")[1] for line in lines] for lines in found.chunks()]
    assert sorted(keys) == sorted([b"%d" % key] * 4 for key in range(300))


def test_numbers_and_texts_of_json_are_one_key() -> None:
    content = b'{"id": 1, "k": "7"}\n{"id": 2, "k": "8"}\n{"id": 3, "k": 7}'
    found = read(content, Case(format="jsonl", chunk_size=2, group_by="k"))
    assert found.chunks() == [[b'{"id": 1, "k": "7"}', b'{"id": 3, "k": 7}'], [b'{"id": 2, "k": "8"}']]


def test_errors_name_the_line_of_the_file_that_was_uploaded() -> None:
    with pytest.raises(BadInput, match="line 6 repeats the id '1' of line 2"):
        read(b"id,k\n1,a\n2,b\n3,a\n4,b\n1,a\n", Case(group_by="k", unversioned=True))

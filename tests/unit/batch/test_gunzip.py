"""gzip as it comes in: in pieces, several files in one, damaged, cut off, or no gzip at all."""

import gzip
import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tallygate.batch.errors import BadInput
from tallygate.batch.plan.gunzip import BLOCK_BYTES, gunzip

MEMBERS = st.lists(st.binary(max_size=200), min_size=1, max_size=4)


def pieces(packed: bytes, size: int) -> list[bytes]:
    return [packed[at : at + size] for at in range(0, len(packed), size)]


@given(members=MEMBERS, size=st.integers(1, 80), padding=st.sampled_from([b"", b"\0" * 7]))
@example(members=[b"x" * (3 * BLOCK_BYTES)], size=10**6, padding=b"")
@example(members=[b"x" * BLOCK_BYTES, b"", b"y"], size=10**6, padding=b"")
@settings(max_examples=150, deadline=None)
def test_several_files_are_one_content(members: Sequence[bytes], size: int, padding: bytes) -> None:
    packed = b"".join(gzip.compress(member, mtime=0) + padding for member in members)
    assert b"".join(gunzip(pieces(packed, size))) == b"".join(members)


@given(members=MEMBERS, size=st.integers(1, 80), data=st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_cut_off_is_refused(members: Sequence[bytes], size: int, data: st.DataObject) -> None:
    packed = [gzip.compress(member, mtime=0) for member in members]
    cut = data.draw(st.integers(1, len(packed[-1]) - 1))
    with pytest.raises(BadInput, match=r"the gzip file is cut off after [\d,]+ bytes of content: pack it again"):
        list(gunzip(pieces(b"".join(packed)[:-cut], size)))


@pytest.mark.parametrize(
    ("packed", "says"),
    [
        (b"id\n1\n", "the file is not gzip, although its key ends in .gz: pack it, or rename it"),
        (b"PK\3\4", "the file is not gzip"),
        (gzip.compress(b"id\n1\n", mtime=0) + b"id\n2\n", "the gzip file is damaged after 5 bytes of content"),
        (
            gzip.compress(b"id\n1\n", mtime=0)[:-8] + b"\0" * 8,
            "the gzip file is damaged after 0 bytes of content .*data check",
        ),
    ],
)
def test_what_is_no_gzip_is_refused(packed: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        list(gunzip([packed]))


def test_nothing_is_nothing() -> None:
    assert list(gunzip([])) == []


def test_a_bomb_goes_off_in_blocks() -> None:
    packed = gzip.compress(bytes(200 * BLOCK_BYTES))
    tracemalloc.start()
    try:
        blocks = [len(block) for block in gunzip([packed])]
        assert tracemalloc.get_traced_memory()[1] < 5 * BLOCK_BYTES
    finally:
        tracemalloc.stop()
    assert sum(blocks) == 200 * BLOCK_BYTES
    assert max(blocks) <= BLOCK_BYTES

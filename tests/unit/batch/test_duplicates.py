"""Two ids that are one are found, however many there are, and two that only look alike are not."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallygate.batch import Worker
from tallygate.batch.errors import BadInput
from tallygate.batch.plan.scratch import Scratch, ScratchFile
from tests.unit.batch.batches import nothing
from tests.unit.batch.manifests import Case, read, simply, told

IDS = st.lists(st.integers(0, 200), min_size=1, max_size=120)


@given(ids=IDS | st.just(list(range(300))), held=st.sampled_from([1, 10, 10**6]), block=st.sampled_from([20, 10_000]))
@settings(max_examples=150, deadline=None)
def test_the_first_repetition_is_named(ids: Sequence[int], held: int, block: int) -> None:
    content = b"id\n" + b"".join(b"%d\n" % id for id in ids)
    case = Case(block_bytes=block)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tallygate.batch.plan.duplicates.HELD_ITEMS", held)
        assert told(content, case) == simply(content, case)


class Alike(str):
    """A text whose hash is the same as any other's."""

    __slots__ = ()

    def __hash__(self) -> int:
        return 7


@pytest.mark.parametrize(("last", "says"), [("9", None), ("1", "line 11 repeats the id '1' of line 3")])
def test_ids_of_one_hash_are_compared(last: str, says: str | None) -> None:
    worker = Worker(name="test", process=nothing, item_id=lambda row: Alike(row["id"]))
    content = "".join(f"{id}\n" for id in ["id", *range(9), last]).encode()
    if says is None:
        assert read(content, Case(worker=worker)).read.items == 10
        return
    with pytest.raises(BadInput, match=says):
        read(content, Case(worker=worker))


def test_a_full_disk_names_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallygate.batch.plan.duplicates.HELD_ITEMS", 100)
    content = b"id\n" + b"".join(b"%d\n" % n for n in range(1000))
    assert read(content, Case(room=8000)).read.items == 1000
    with pytest.raises(BadInput, match=r"more than the 0 MB of scratch disk that are free: raise \"plan_storage_mb\""):
        read(content, Case(room=7999 - 8 * 100))


def test_a_disk_that_others_filled_meanwhile_names_it_too() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(BadInput, match="scratch disk"):
        ScratchFile(Scratch(room=100), full).append(b"x")


def test_what_is_free_is_what_the_disk_has(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="scratch disk"):
        Scratch(tmp_path).take(10**18)


def test_nothing_is_left_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallygate.batch.plan.duplicates.HELD_ITEMS", 1)
    monkeypatch.setattr("tallygate.batch.plan.grouping.HELD_BYTES", 1)
    read(b"id\n1\n2\n3\n", Case(group_by="id", folder=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_closing_frees_the_room(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path, room=10)
    for _ in range(3):
        file = scratch.file()
        file.append(b"0123456789")
        file.close()
    assert scratch.taken == 0

"""Every interleaving of two workers, the gatekeeper, the force and the report: the count is exact in every state."""

import pytest

from tallygate.batch import gatekeeper, memory
from tallygate.batch.records import ChunkRecord, Manifest
from tests.exploration.explore import explore
from tests.exploration.explorer import Budget
from tests.exploration.scene import Size

TWO_CHUNKS = Size(items=2, chunk_size=1, deliveries=((0, 1), (1, 0)))
ONE_CHUNK = Size(items=2, chunk_size=2, deliveries=((0,), (0,)), fails=frozenset({1}))
ONE_ITEM = Size(items=1, chunk_size=1, deliveries=((0,), (0,)))


def test_two_workers_two_chunks_in_every_order() -> None:
    found = explore(TWO_CHUNKS, Budget(ticks=2))
    assert found.ends > 100
    assert found.states > 100_000


@pytest.mark.long
@pytest.mark.parametrize(
    ("size", "budget"),
    [
        pytest.param(ONE_CHUNK, Budget(ticks=2, crashes=1), id="crash"),
        pytest.param(ONE_ITEM, Budget(ticks=2, faults=1), id="fault"),
    ],
)
def test_two_workers_one_chunk_in_every_order_with_a_crash_or_a_fault_anywhere(size: Size, budget: Budget) -> None:
    found = explore(size, budget)
    assert found.ends > 100
    assert found.states > 10_000


def test_without_the_put_of_abandoned_a_way_to_a_wrong_count_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gatekeeper.Gatekeeper, "_abandon", lambda *_arguments: None)
    monkeypatch.setattr("tallygate.batch.reporter._check", lambda *_arguments: None)
    with pytest.raises(AssertionError, match="of 1 records that say"):
        explore(ONE_CHUNK, Budget(ticks=2))


def test_without_the_condition_a_record_that_is_overwritten_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def overwrite(self: memory.MemoryBatchStore, manifest: Manifest, record: ChunkRecord) -> ChunkRecord:
        self._records[manifest.batch, manifest.generation, f"chunk#{record.i}"] = record
        return record

    monkeypatch.setattr(memory.MemoryBatchStore, "put_chunk", overwrite)
    with pytest.raises(AssertionError, match=r"chunk#0'\) was ChunkRecord") as raised:
        explore(ONE_CHUNK, Budget(ticks=2))
    assert "machine: put ABANDONED" in str(raised.value)

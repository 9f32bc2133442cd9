"""Several streams in one append."""

import pytest

from tallygate.errors import InvalidInput
from tallygate.events import EventStore, MemoryCommitLog, VersionConflict
from tests.accounts import ACCOUNT, Deposited, Withdrawn


def test_all_of_them_are_stored(store: EventStore, log: MemoryCommitLog) -> None:
    store.append(store.load(ACCOUNT, "1"), [Deposited(10)])
    one, two = store.load(ACCOUNT, "1"), store.load(ACCOUNT, "2")
    after = store.append_together([(one, [Withdrawn(4)]), (two, [Deposited(4)])], meta={"transfer": "t"})
    assert [(loaded.stream, loaded.version, loaded.state) for loaded in after] == [
        ("account-1", 2, 6),
        ("account-2", 1, 4),
    ]
    assert [EventStore(log).load(ACCOUNT, id) for id in ("1", "2")] == after


def test_or_none(store: EventStore, log: MemoryCommitLog) -> None:
    one, two = store.load(ACCOUNT, "1"), store.load(ACCOUNT, "2")
    store.append(two, [Deposited(1)])
    with pytest.raises(VersionConflict) as conflict:
        store.append_together([(one, [Deposited(5)]), (two, [Deposited(5)])])
    assert conflict.value.winner.stream == "account-2"
    assert log.streams() == ["account-2"]


@pytest.mark.parametrize("times", [0, 2])
def test_each_stream_once_and_one_at_least(store: EventStore, times: int) -> None:
    loaded = store.load(ACCOUNT, "1")
    with pytest.raises(InvalidInput, match="each stream once"):
        store.append_together([(loaded, [Deposited(1)])] * times)

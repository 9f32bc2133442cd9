"""Rewind: the state of an earlier version again, by one more commit."""

from dataclasses import replace

import pytest

from tallygate.errors import InvalidInput
from tallygate.events import EventStore, InvalidVersion, MemoryCommitLog, VersionConflict
from tests.accounts import ACCOUNT, Deposited, deposit
from tests.unit.events.others import NOW, STREAM, foreign, put, stored


def deposits(store: EventStore, *amounts: int) -> None:
    for n, amount in enumerate(amounts, start=1):
        store.append(store.load(ACCOUNT, "1"), [Deposited(amount)])
        assert n


def rewind(store: EventStore, to: int) -> int:
    return store.rewind(store.load(ACCOUNT, "1"), to, reason="entered twice").state


def everyone_sees(log: MemoryCommitLog, store: EventStore) -> set[int]:
    """The state as the warm process, a cold one, and one that keeps no snapshots see it."""
    plain = replace(ACCOUNT, snapshots=False)
    return {
        store.load(ACCOUNT, "1").state,
        EventStore(log).load(ACCOUNT, "1").state,
        EventStore(log).load(plain, "1").state,
        store.state_at(ACCOUNT, "1", store.load(ACCOUNT, "1").version),
    }


def test_the_state_is_what_it_was_and_nothing_is_deleted(store: EventStore, log: MemoryCommitLog) -> None:
    deposits(store, 1, 10, 100)
    assert rewind(store, 1) == 1
    assert everyone_sees(log, store) == {1}
    deposits(store, 1000)
    assert everyone_sees(log, store) == {1001}
    assert [commit.types for commit in stored(log)] == [("Deposited",)] * 3 + [("$rewound",), ("Deposited",)]
    assert stored(log)[3].events[0].data == {"to": 1, "reason": "entered twice"}


def test_a_rewind_beyond_rewinds_is_taken_as_it_was_then(store: EventStore, log: MemoryCommitLog) -> None:
    deposits(store, 1, 10, 100)  # 1: 1, 2: 11, 3: 111
    assert rewind(store, 2) == 11  # 4
    deposits(store, 1000)  # 5: 1011
    assert rewind(store, 3) == 111  # 6: what the first rewind took away is there again
    assert rewind(store, 5) == 1011  # 7
    assert rewind(store, 4) == 11  # 8
    assert rewind(store, 0) == 0  # 9
    assert everyone_sees(log, store) == {0}
    assert [store.state_at(ACCOUNT, "1", version) for version in range(10)] == [
        0, 1, 11, 111, 11, 1011, 111, 1011, 11, 0,
    ]  # fmt: skip


def test_a_snapshot_above_the_target_is_of_no_use_and_one_after_it_is(log: MemoryCommitLog) -> None:
    store = EventStore(log)
    for n in range(200):
        store.execute(ACCOUNT, "1", deposit, command_id=f"c{n}", since=NOW)
    assert store.settle()
    assert log._snapshots[STREAM].version > 100
    assert rewind(store, 50) == 50
    assert everyone_sees(log, store) == {50}
    for n in range(200, 400):
        store.execute(ACCOUNT, "1", deposit, command_id=f"c{n}", since=NOW)
    assert store.settle()
    assert log._snapshots[STREAM].version > 201
    assert everyone_sees(log, store) == {250}


def test_voided_commands_still_count_as_carried_out(store: EventStore, log: MemoryCommitLog) -> None:
    for id in ("a", "b"):
        store.execute(ACCOUNT, "1", deposit, command_id=id, since=NOW)
    rewind(store, 0)
    for process in (store, EventStore(log)):
        again = process.execute(ACCOUNT, "1", deposit, command_id="b", since=NOW)
        assert (again.repeated, again.state) == (True, 0)


def test_a_rewind_of_what_was_loaded_before_somebody_else_appended_is_a_conflict(
    store: EventStore, log: MemoryCommitLog
) -> None:
    deposits(store, 1, 2)
    loaded = store.load(ACCOUNT, "1")
    put(log, foreign(3))
    with pytest.raises(VersionConflict):
        store.rewind(loaded, 1, reason="too late")
    assert everyone_sees(log, store) == {103}


@pytest.mark.parametrize("to", [3, 4, -1, True, 1.0])
def test_versions_that_cannot_be_gone_back_to(store: EventStore, log: MemoryCommitLog, to: int) -> None:
    deposits(store, 1, 2, 3)
    with pytest.raises(InvalidVersion):
        rewind(store, to)
    assert len(stored(log)) == 3


def test_a_reason_must_be_given(store: EventStore) -> None:
    deposits(store, 1)
    with pytest.raises(InvalidInput, match="say why account-1 is rewound"):
        store.rewind(store.load(ACCOUNT, "1"), 0, reason=" ")


def test_the_state_at_a_version_that_is_not_there(store: EventStore) -> None:
    deposits(store, 1)
    with pytest.raises(InvalidVersion, match="account-1 has no version 2"):
        store.state_at(ACCOUNT, "1", 2)

"""Load and append."""

from typing import TYPE_CHECKING

import pytest

from tallygate.events import CorruptStream, EventStore, MemoryCommitLog, StoredEvent, VersionConflict
from tests.accounts import ACCOUNT, Deposited, Withdrawn, deposit
from tests.unit.events.others import NOW, foreign, put

if TYPE_CHECKING:
    from collections.abc import Callable


def test_append_and_load(store: EventStore) -> None:
    new = store.load(ACCOUNT, "1")
    assert (new.version, new.state) == (0, 0)
    after = store.append(new, [Deposited(5), Withdrawn(2)], meta={"correlation": "c"})
    assert (after.version, after.state) == (1, 3)
    assert store.load(ACCOUNT, "1") == after


def test_append_to_what_was_loaded_before_somebody_else_appended_is_a_conflict(store: EventStore) -> None:
    mine, theirs = store.load(ACCOUNT, "1"), store.load(ACCOUNT, "1")
    store.append(theirs, [Deposited(7)])
    with pytest.raises(VersionConflict, match="load the stream and decide again") as conflict:
        store.append(mine, [Deposited(9)])
    assert conflict.value.winner.events == (StoredEvent("Deposited", 1, {"amount": 7}),)
    assert store.load(ACCOUNT, "1").state == 7


def test_a_hole_is_an_error_never_skipped(store: EventStore, log: MemoryCommitLog) -> None:
    put(log, foreign(1))
    put(log, foreign(3))
    calls: list[Callable[[], object]] = [
        lambda: store.load(ACCOUNT, "1"),
        lambda: store.execute(ACCOUNT, "1", deposit, command_id="a", since=NOW),
        lambda: store.execute(ACCOUNT, "1", deposit, command_id="a", since=NOW),  # nor after half of it was read
    ]
    for call in calls:
        with pytest.raises(CorruptStream, match="version 3 where 2 must be"):
            call()

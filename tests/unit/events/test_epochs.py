"""The epoch of a table: a restore begins the next one."""

import pytest

from tallygate.events import CorruptStream, EventStore, MemoryCommitLog, WrongEpoch
from tests.accounts import ACCOUNT, deposit
from tests.unit.events.others import NOW, STREAM, foreign, put, stored


def test_commits_carry_the_epoch_and_those_of_earlier_ones_are_history(log: MemoryCommitLog) -> None:
    EventStore(log).execute(ACCOUNT, "1", deposit, command_id="a", since=NOW)
    restored = EventStore(log, epoch=2)
    assert restored.execute(ACCOUNT, "1", deposit, command_id="b", since=NOW).state == 2
    assert [commit.epoch for commit in stored(log)] == [1, 2]
    assert restored.execute(ACCOUNT, "1", deposit, command_id="a", since=NOW).repeated


def test_code_of_an_earlier_epoch_is_refused_also_when_it_is_warm(log: MemoryCommitLog) -> None:
    warm = EventStore(log)
    warm.execute(ACCOUNT, "1", deposit, command_id="a", since=NOW)
    EventStore(log, epoch=2).execute(ACCOUNT, "1", deposit, command_id="b", since=NOW)
    for process in (warm, EventStore(log)):
        with pytest.raises(WrongEpoch, match="version 2 of account-1 is of epoch 2, this code is set to 1"):
            process.execute(ACCOUNT, "1", deposit, command_id="c", since=NOW)
        with pytest.raises(WrongEpoch):
            process.load(ACCOUNT, "1")
    assert len(stored(log)) == 2


def test_a_commit_of_an_earlier_epoch_above_a_later_one_is_corrupt(log: MemoryCommitLog) -> None:
    put(log, foreign(1, epoch=2), foreign(2, epoch=1))
    with pytest.raises(CorruptStream, match="is of epoch 1, the one before of 2"):
        EventStore(log, epoch=2).load(ACCOUNT, "1")


def test_a_snapshot_of_a_later_epoch_is_not_used(log: MemoryCommitLog) -> None:
    later = EventStore(log, epoch=2)
    for n in range(200):
        later.execute(ACCOUNT, "1", deposit, command_id=f"c{n}", since=NOW)
    assert later.settle()
    assert log._snapshots[STREAM].epoch == 2
    with pytest.raises(WrongEpoch):
        EventStore(log).load(ACCOUNT, "1")

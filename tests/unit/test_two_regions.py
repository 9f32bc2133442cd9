"""Why one Region writes: put-if-absent on tables that replicate behind the writer's back has two winners.

A DynamoDB global table of the default kind (multi-Region eventual consistency) answers a conditional write by its own
Region's replica, and sends the item to the others afterwards, where the later write wins. Two replicas in memory do the
same here; the event store is the real one (decision 33).
"""

from datetime import UTC, datetime
from itertools import count

from tallygate.deadline import Deadline
from tallygate.events import EventStore, MemoryCommitLog
from tests.accounts import ACCOUNT, deposit

STREAM = ACCOUNT.stream("1")
NOW = datetime(2026, 11, 21, tzinfo=UTC)


class Replica(MemoryCommitLog):
    """A Region's copy of a table."""

    def replicate(self, other: "Replica") -> None:
        """Take what the other one has, as it comes: the last writer wins each key, and nobody is told."""
        for key, commit in list(other._commits.items()):
            standing = self._commits.get(key)
            if standing is None or (standing.at, standing.commit_id) < (commit.at, commit.commit_id):
                self._commits[key] = commit
                self._heads[commit.stream] = max(commit.version, self._heads.get(commit.stream, 0))


def test_two_regions_both_win_the_same_version_and_one_of_the_commits_vanishes() -> None:
    ticks = count()
    here, there = Replica(), Replica()
    stores = [EventStore(log, now=lambda: NOW.replace(microsecond=next(ticks) * 1000)) for log in (here, there)]
    told = [store.execute(ACCOUNT, "1", deposit, command_id=f"order-{n}", since=NOW) for n, store in enumerate(stores)]
    # both were told: stored, at version 1, balance 1
    assert [(one.commit.version, one.state, one.repeated) for one in told if one.commit] == [(1, 1, False)] * 2
    here.replicate(there)
    there.replicate(here)
    found = [EventStore(log).load(ACCOUNT, "1").state for log in (here, there)]
    assert found == [1, 1], "two deposits were confirmed, one is left, in every Region"
    (left,) = list(here.read(STREAM, after=0, until=Deadline.after(10)))
    assert left.commands == ("order-1",)


def test_one_region_that_writes_has_one_winner_and_what_it_confirmed_arrives() -> None:
    writing, reading = Replica(), Replica()
    for n in range(2):  # two processes, in whatever Region, that write to the one table
        EventStore(writing).execute(ACCOUNT, "1", deposit, command_id=f"order-{n}", since=NOW)
    reading.replicate(writing)
    assert EventStore(reading).load(ACCOUNT, "1").state == 2

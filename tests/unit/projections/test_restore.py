"""After a restore from point-in-time recovery: rows of what the table has lost."""

import json

import pytest

from tallygate.deadline import Deadline
from tallygate.events import Commit, MemoryCommitLog, StreamId
from tallygate.projections import Effect
from tallygate.projections.fold import Fold
from tallygate.projections.gate import Gate
from tallygate.projections.memory import MemoryRows
from tallygate.projections.notes import MemoryNotes
from tallygate.projections.outbox import MemoryOutbox
from tallygate.projections.row import Row
from tallygate.projections.step import Step
from tallygate.projections.streams import MemoryStreams
from tallygate.projections.sweep_state import SweepStates
from tallygate.projections.sweeper import Sweeper, Swept
from tallygate.projections.telling import Telling
from tallygate.projections.time_limit import MainThread
from tallygate.projections.views import OpenView, Seen
from tests.accounts import ACCOUNT
from tests.unit.projections.ledger import AT, Statement, commit, ledger

KEPT, LOST = ACCOUNT.stream("1"), ACCOUNT.stream("2")


class Bench:
    """Rows and notes that outlive the table; KEPT has two commits, LOST one, and all are taken."""

    def __init__(self) -> None:
        self.log, self.rows, self.notes, self.outbox = MemoryCommitLog(), MemoryRows(), MemoryNotes(), MemoryOutbox()
        self.until = Deadline.after(30)
        self.store(commit(KEPT, 1, 1), commit(KEPT, 2, 2), commit(LOST, 1, 10))

    def store(self, *commits: Commit) -> None:
        for one in commits:
            self.log.put(one, self.until)

    def restore(self) -> None:
        """To where KEPT had its first commit."""
        first = self.log.commit_at(KEPT, 1, self.until)
        assert first is not None
        self.log = MemoryCommitLog()
        self.store(first)

    def projection(self) -> Step:
        return Fold(ledger(), self.log)

    def effect(self) -> Step:
        mail = Effect(name="mail", of=ACCOUNT, since=AT, message=lambda event: {"amount": event.amount})
        return Telling(mail, self.outbox)

    def sweep(self, step: Step, epoch: int) -> Swept:
        gate, states = Gate(step, self.rows, self.log, epoch=epoch), SweepStates(self.notes, step.id)
        streams, main = MemoryStreams(self.log), MainThread()
        sweeper = Sweeper(gate, self.rows, self.log, streams, states, category="account", epoch=epoch, main=main)
        return sweeper.sweep(1e9, self.until)

    def row(self, stream: StreamId) -> Row:
        row = self.rows.get(stream, self.until)
        assert row is not None
        return row

    @property
    def told(self) -> list[int]:
        return sorted(json.loads(message.detail)["data"]["amount"] for message in self.outbox.sent)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_stream_that_is_lost_is_in_no_view_and_in_no_total(bench: Bench) -> None:
    bench.sweep(bench.projection(), 1)
    bench.restore()
    bench.sweep(bench.projection(), 2)
    view = OpenView(ledger(), bench.rows, bench.notes)
    assert view.view("2") == Seen(Statement(), 0, None, None)
    assert view.view("1").version == 1
    assert view.totals().values == {"balance": 1, "deposits": 1}
    again = bench.sweep(bench.projection(), 2)
    assert (again.cycle.is_clean, again.cycle.parked, again.cycle.renewed) == (True, 0, 0)
    assert bench.row(LOST).epoch == 2


def test_a_stream_that_is_lost_may_begin_anew(bench: Bench) -> None:
    bench.sweep(bench.projection(), 1)
    bench.restore()
    bench.sweep(bench.projection(), 2)
    bench.store(commit(LOST, 1, 5, epoch=2))
    bench.sweep(bench.projection(), 2)
    view = OpenView(ledger(), bench.rows, bench.notes)
    assert (view.view("2").view.balance, view.view("2").version) == (5, 1)
    assert view.totals().values == {"balance": 6, "deposits": 2}


def test_an_effect_that_was_ahead_tells_what_is_new(bench: Bench) -> None:
    bench.sweep(bench.effect(), 1)
    bench.restore()
    bench.sweep(bench.effect(), 2)
    assert (bench.row(KEPT).version, bench.row(LOST).version, bench.told) == (1, 0, [1, 2, 10])
    bench.store(commit(KEPT, 2, 20, epoch=2), commit(LOST, 1, 30, epoch=2))
    bench.sweep(bench.effect(), 2)
    bench.sweep(bench.effect(), 2)
    assert bench.told == [1, 2, 10, 20, 30]


def test_a_record_on_its_way_of_a_commit_that_is_lost_parks_nothing(bench: Bench) -> None:
    """Sent before the switch, delivered after it: the table has no such version, and need not have it."""
    late = commit(KEPT, 3, 4)
    bench.sweep(bench.projection(), 1)
    bench.restore()
    gate = Gate(bench.projection(), bench.rows, bench.log, epoch=2)
    offered = gate.offer(KEPT, {2: commit(KEPT, 2, 2), 3: late}, bench.until)
    assert (offered.parked, offered.version) == (None, 1)
    assert (bench.row(KEPT).version, bench.row(KEPT).epoch) == (1, 2)
    bench.store(commit(KEPT, 2, 20, epoch=2))
    new = bench.log.commit_at(KEPT, 2, bench.until)
    gate.offer(KEPT, {2: new, 3: late}, bench.until)
    assert (bench.row(KEPT).version, bench.row(KEPT).parked) == (2, None)


def test_a_version_of_this_epoch_that_is_not_there_is_still_a_hole(bench: Bench) -> None:
    bench.restore()
    gate = Gate(bench.projection(), bench.rows, bench.log, epoch=2)
    offered = gate.offer(KEPT, {2: commit(KEPT, 2, 2), 3: commit(KEPT, 3, 4, epoch=2)}, bench.until)
    assert offered.parked is not None
    assert "version 3 of account-1 was delivered, the events table ends with 1" in offered.parked.error

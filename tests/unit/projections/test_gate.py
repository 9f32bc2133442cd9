"""The gate, case by case."""

import random
import time
from typing import Any

import pytest

from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tallygate.events import Commit, MemoryCommitLog, StoredEvent, WrongEpoch
from tallygate.projections import Projection
from tallygate.projections.fold import Fold
from tallygate.projections.gate import Gate
from tallygate.projections.memory import MemoryRows
from tallygate.projections.row import Row
from tests.accounts import ACCOUNT, Deposited
from tests.unit.projections.ledger import AT, Statement, commit, ledger, rewind, totals, truth

STREAM = ACCOUNT.stream("1")


class Bench:
    """A log, rows, and gates over them."""

    def __init__(self) -> None:
        self.log, self.rows = MemoryCommitLog(), MemoryRows()
        self.until = Deadline.after(30)

    def gate(self, projection: Projection[Any] | None = None, epoch: int = 1) -> Gate:
        return Gate(Fold(projection or ledger(), self.log), self.rows, self.log, epoch=epoch)

    def store(self, *commits: Commit) -> dict[int, Commit | None]:
        for one in commits:
            self.log.put(one, self.until)
        return {one.version: one for one in commits}

    def row(self) -> Row:
        row = self.rows.get(STREAM, self.until)
        assert row is not None
        return row

    def statement(self) -> Statement:
        return ledger().parse(self.row().view)

    def is_exact(self) -> bool:
        expected = truth(self.log, STREAM)
        return (self.statement(), self.row().contribution) == (expected, totals(expected))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_batch_of_a_stream_is_one_write(bench: Bench) -> None:
    offered = bench.gate().offer(STREAM, bench.store(*(commit(STREAM, n, n) for n in range(1, 51))), bench.until)
    assert (offered.version, offered.events, offered.writes, offered.dropped, offered.healed) == (50, 50, 1, 0, 0)
    assert bench.is_exact()


def test_what_was_taken_is_dropped(bench: Bench) -> None:
    delivered = bench.store(commit(STREAM, 1, 5), commit(STREAM, 2, -3))
    bench.gate().offer(STREAM, delivered, bench.until)
    for gate in (bench.gate(), bench.gate()):
        offered = gate.offer(STREAM, delivered, bench.until)
        assert (offered.version, offered.events, offered.dropped) == (2, 0, 2)
    assert bench.is_exact()


def test_a_gap_is_read_from_the_table_to_its_end(bench: Bench) -> None:
    stored = bench.store(*(commit(STREAM, n, n) for n in range(1, 8)))
    offered = bench.gate().offer(STREAM, {1: stored[1], 5: stored[5]}, bench.until)
    assert (offered.version, offered.healed, offered.dropped) == (7, 5, 0)
    assert bench.is_exact()


def test_a_pointer_is_read_from_the_table(bench: Bench) -> None:
    bench.store(commit(STREAM, 1, 5))
    assert bench.gate().offer(STREAM, {1: None}, bench.until).healed == 1
    assert bench.is_exact()


def test_a_rewind_takes_the_view_and_its_totals_back(bench: Bench) -> None:
    history = [commit(STREAM, 1, 5), commit(STREAM, 2, 7), rewind(STREAM, 3, 1), commit(STREAM, 4, 1)]
    history += [rewind(STREAM, 5, 2), rewind(STREAM, 6, 3)]
    for delivered in bench.store(*history).items():
        bench.gate().offer(STREAM, dict([delivered]), bench.until)
        assert bench.row().version == delivered[0]
    assert bench.is_exact()
    assert bench.statement().balance == 5


def test_events_that_are_not_wanted_still_move_the_gate(bench: Bench) -> None:
    deposits = Projection(
        name="deposits", of=ACCOUNT, events=(Deposited,), initial=0, apply=lambda view, event: view + event.amount
    )
    unknown = Commit(STREAM, 3, "c", (StoredEvent("Closed", 7, {}),), (), AT)
    bench.gate(deposits).offer(STREAM, bench.store(commit(STREAM, 1, 5), commit(STREAM, 2, -3), unknown), bench.until)
    assert (bench.row().version, bench.row().view) == (3, b"5")


def test_an_unknown_event_parks_the_stream_and_unpark_goes_on(bench: Bench) -> None:
    delivered = bench.store(commit(STREAM, 1, 5), Commit(STREAM, 2, "c", (StoredEvent("Closed", 1, {}),), (), AT))
    offered = bench.gate().offer(STREAM, delivered, bench.until)
    assert offered.newly_parked
    parked = bench.row().parked
    assert parked is not None
    assert parked.version == 2
    assert "UnknownEventType: account knows Deposited/1, Withdrawn/1, the stream has Closed/1" in parked.error
    assert (bench.row().version, bench.statement().balance) == (1, 5)  # what was taken before it is kept
    again = bench.gate().offer(STREAM, bench.store(commit(STREAM, 3, 1)), bench.until)
    assert (again.parked, again.newly_parked, again.writes) == (parked, False, 0)
    mended = Projection(
        name="ledger", of=ACCOUNT, events=ACCOUNT.events, initial=Statement(), apply=ledger().apply, totals=totals
    )
    assert bench.gate(mended).unpark(STREAM, bench.until).version == 3
    assert bench.row().parked is None
    assert bench.statement().balance == 6


def raising(view: Statement, event: Deposited) -> Statement:
    if event.amount == 13:
        raise KeyError("thirteen")
    return ledger().apply(view, event)


def test_an_apply_that_raises_parks_its_stream_alone(bench: Bench) -> None:
    gate = bench.gate(ledger(apply=raising))
    delivered = bench.store(*(commit(STREAM, n, amount) for n, amount in enumerate((5, 6, 13, 7), start=1)))
    assert gate.offer(STREAM, delivered, bench.until).newly_parked
    assert bench.row().version == 2
    assert bench.row().parked.error == "KeyError: 'thirteen'"  # type: ignore[union-attr]
    other = ACCOUNT.stream("2")
    assert gate.offer(other, bench.store(commit(other, 1, 9)), bench.until).version == 1
    assert bench.gate().unpark(STREAM, bench.until).version == 4
    assert bench.is_exact()


def hanging(view: Statement, event: Deposited) -> Statement:
    if event.amount == 13:
        time.sleep(3)
    return ledger().apply(view, event)


def test_an_apply_that_hangs_parks_after_three_times(bench: Bench) -> None:
    slow = Projection(name="slow", of=ACCOUNT, initial=Statement(), apply=hanging, apply_seconds=0.05)
    began = time.monotonic()
    delivered = bench.store(commit(STREAM, 1, 5), commit(STREAM, 2, 13))
    assert bench.gate(slow).offer(STREAM, delivered, bench.until).newly_parked
    assert time.monotonic() - began < 2
    assert bench.row().parked.error == "Overrun: `apply` of slow-1 took longer than 0.05 s for one commit, 3 times"  # type: ignore[union-attr]
    assert bench.row().version == 1


def test_a_view_that_outgrows_an_item_parks(bench: Bench) -> None:
    chance = random.Random(1).randbytes(600_000).hex()  # compression halves it
    wide = Projection(
        name="wide", of=ACCOUNT, initial="", apply=lambda view, event: view + chance[: event.amount], totals=None
    )
    gate = bench.gate(wide)
    gate.offer(STREAM, bench.store(commit(STREAM, 1, 100)), bench.until)
    assert gate.offer(STREAM, bench.store(commit(STREAM, 2, 1_200_000)), bench.until).newly_parked
    assert bench.row().version == 1
    assert "InvalidView: the view of account-1 at version 2 has" in bench.row().parked.error  # type: ignore[union-attr]


def test_a_hole_in_the_table_parks(bench: Bench) -> None:
    stored = bench.store(commit(STREAM, 1, 5), commit(STREAM, 3, 5))
    bench.gate().offer(STREAM, stored, bench.until)
    assert bench.row().version == 1
    assert "CorruptStream: account-1 has version 3 where 2 must be" in bench.row().parked.error  # type: ignore[union-attr]


def test_a_delivery_of_what_the_table_does_not_have_parks(bench: Bench) -> None:
    bench.gate().offer(STREAM, {4: commit(STREAM, 4, 5)}, bench.until)
    assert "version 4 of account-1 was delivered, the events table ends with 0" in bench.row().parked.error  # type: ignore[union-attr]


def test_a_later_epoch_is_refused(bench: Bench) -> None:
    delivered = bench.store(commit(STREAM, 1, 5, epoch=2))
    with pytest.raises(WrongEpoch, match=r"version 1 of account-1 is of epoch 2, ledger-1 is set to 1.*Deploy with"):
        bench.gate(epoch=1).offer(STREAM, delivered, bench.until)
    bench.gate(epoch=2).offer(STREAM, delivered, bench.until)
    with pytest.raises(WrongEpoch, match="the row of account-1 is of epoch 2"):
        bench.gate(epoch=1).catch_up(STREAM, bench.until)


def test_after_a_restore_the_view_is_made_anew_and_old_deliveries_are_bells_only(bench: Bench) -> None:
    lost = commit(STREAM, 2, 999)  # of the table before it was restored to version 1
    bench.store(commit(STREAM, 1, 5))
    bench.gate().offer(STREAM, {1: bench.log.commit_at(STREAM, 1, bench.until), 2: lost}, bench.until)
    assert bench.statement().balance == 1004
    bench.gate(epoch=2).catch_up(STREAM, bench.until)
    assert (bench.row().epoch, bench.statement().balance) == (2, 5)
    bench.store(commit(STREAM, 2, 1, epoch=2))
    bench.gate(epoch=2).offer(STREAM, {2: lost}, bench.until)
    assert (bench.row().epoch, bench.row().version) == (2, 2)
    assert bench.is_exact()


def test_out_of_time_nothing_is_lost(bench: Bench) -> None:
    stored = bench.store(*(commit(STREAM, n, n) for n in range(1, 4)))
    with pytest.raises(Unavailable, match="ledger-1 ran out of time at account-1: deliver it again"):
        bench.gate().offer(STREAM, stored, Deadline.after(0))
    assert bench.gate().offer(STREAM, stored, bench.until).version == 3
    assert bench.is_exact()


def test_a_long_gap_has_a_checkpoint_for_each_page(bench: Bench) -> None:
    bench.store(*(commit(STREAM, n, 1) for n in range(1, 1202)))
    offered = bench.gate().catch_up(STREAM, bench.until)
    assert (offered.version, offered.writes) == (1201, 3)
    assert bench.is_exact()

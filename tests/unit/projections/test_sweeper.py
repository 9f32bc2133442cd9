"""The sweeper: what was lost is found, budget by budget; a new version is filled; swap, and swap back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tallygate.deadline import Deadline
from tallygate.events import Commit, MemoryCommitLog, StreamId
from tallygate.projections import NotReadyToSwap, Projection, StreamParked
from tallygate.projections.fold import Fold
from tallygate.projections.gate import Gate
from tallygate.projections.memory import MemoryRows
from tallygate.projections.notes import MemoryNotes
from tallygate.projections.operations import Operations
from tallygate.projections.row import Row
from tallygate.projections.streams import MemoryStreams, StreamPage
from tallygate.projections.sweep_state import SweepStates
from tallygate.projections.sweeper import Sweeper, Swept
from tallygate.projections.time_limit import MainThread
from tallygate.projections.views import Views
from tests.accounts import ACCOUNT
from tests.unit.projections.ledger import commit, ledger, other_totals, true_totals, truth

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
STREAMS = [ACCOUNT.stream(str(n)) for n in range(20)]


def until() -> Deadline:
    return Deadline.after(60)


class World:
    """One log, one table of views; a sweeper of any version of the ledger."""

    def __init__(self) -> None:
        self.log, self.notes, self.now = MemoryCommitLog(), MemoryNotes(), NOW
        self.rows: dict[str, MemoryRows] = {}

    def gate(self, projection: Projection[Any] | None = None, epoch: int = 1) -> Gate:
        chosen = projection or ledger()
        return Gate(Fold(chosen, self.log), self.rows_of(chosen.id), self.log, epoch=epoch)

    def sweeper(self, projection: Projection[Any] | None = None, epoch: int = 1) -> Sweeper:
        chosen = projection or ledger()
        return Sweeper(
            self.gate(chosen, epoch),
            self.rows_of(chosen.id),
            self.log,
            MemoryStreams(self.log),
            SweepStates(self.notes, chosen.id),
            category="account",
            epoch=epoch,
            main=MainThread(),
            now=lambda: self.now,
        )

    def rows_of(self, id: str) -> MemoryRows:
        return self.rows.setdefault(id, MemoryRows(id))

    def store(self, *commits: Commit) -> None:
        for one in commits:
            self.log.put(one, until())

    def row(self, stream: StreamId, id: str = "ledger-1") -> Row:
        row = self.rows_of(id).get(stream, until())
        assert row is not None
        return row

    def is_exact(self, projection: Projection[Any] | None = None) -> bool:
        chosen = projection or ledger()
        rows = {stream: self.row(stream, chosen.id) for stream in self.log.streams()}
        views = Views([chosen], self.rows_of, self.notes).open(chosen.name, version=chosen.version)
        fits = all(chosen.parse(row.view) == truth(self.log, stream) for stream, row in rows.items())
        return fits and views.totals().values == true_totals(self.log, chosen.totals)  # type: ignore[arg-type]


@pytest.fixture
def world() -> World:
    world = World()
    for n, stream in enumerate(STREAMS):
        world.store(*(commit(stream, version, version) for version in range(1, n % 4 + 2)))
    return world


def test_what_no_delivery_brought_is_found_and_the_next_cycle_is_clean(world: World) -> None:
    world.gate().catch_up(STREAMS[3], until())
    world.store(commit(STREAMS[3], 5, 9))
    sweeper = world.sweeper()
    swept = sweeper.sweep(1e9, until())
    assert (swept.cycle.rows, swept.cycle.streams, swept.cycle.gaps) == (1, 20, 20)
    assert not swept.cycle.is_clean
    assert world.is_exact()
    again = sweeper.sweep(1e9, until())
    assert (again.cycle.rows, again.cycle.gaps, again.cycle.is_clean) == (20, 0, True)


def test_a_budget_is_kept_and_the_next_sweep_goes_on(world: World) -> None:
    sweeps: list[Swept] = []
    while not sweeps or sweeps[-1].cycle.ended is None:
        sweeps.append(world.sweeper().sweep(4, until()))
        assert sweeps[-1].read_units <= 8
    assert len(sweeps) > 5
    assert world.is_exact()


def test_two_sweeps_at_once_do_not_undo_each_other(world: World) -> None:
    """The other one begins in the midst of this one's first step."""

    class Meddled(MemoryStreams):
        def page(self, category: str, after: str, until: Deadline) -> StreamPage:
            world.sweeper().sweep(1, until)
            return super().page(category, after, until)

    sweeper = world.sweeper()
    sweeper.sweep(world.rows_of("ledger-1").buckets, until())  # past the rows
    sweeper._streams = Meddled(world.log)
    assert sweeper.sweep(1, until()).stopped == "another sweep of the same consumer is under way"


def test_what_is_written_during_the_cycle_is_no_gap(world: World) -> None:
    world.sweeper().sweep(1e9, until())
    world.store(commit(STREAMS[0], 2, 1, at=NOW + timedelta(seconds=1)))
    swept = world.sweeper().sweep(1e9, until())
    assert (swept.cycle.gaps, swept.cycle.is_clean) == (0, True)
    assert world.is_exact()


def test_other_totals_are_in_all_rows_after_a_sweep(world: World) -> None:
    world.sweeper().sweep(1e9, until())
    swept = world.sweeper(ledger(other_totals)).sweep(1e9, until())
    assert swept.cycle.renewed == 20
    assert world.is_exact(ledger(other_totals))


def test_a_parked_stream_is_left_alone_and_counted(world: World) -> None:
    def refuse(view: Any, event: Any) -> Any:
        if event.amount == 4:
            raise ValueError("four")
        return ledger().apply(view, event)

    bad = ledger(apply=refuse)
    swept = world.sweeper(bad).sweep(1e9, until())
    assert swept.cycle.parked == 5  # every fourth stream has a deposit of 4
    again = world.sweeper(bad).sweep(1e9, until())
    assert (again.cycle.parked, again.cycle.gaps, again.cycle.is_clean) == (5, 0, True)
    world.sweeper().sweep(1e9, until())
    parked = [stream for stream in STREAMS if world.row(stream).parked]
    for stream in parked:
        world.gate().unpark(stream, until())
    assert len(parked) == 5
    assert world.is_exact()


def test_a_row_ahead_of_its_stream_is_told(world: World) -> None:
    world.sweeper().sweep(1e9, until())
    row = world.row(STREAMS[0])
    world.rows_of("ledger-1").put(replace(row, version=7), row, until())
    swept = world.sweeper().sweep(1e9, until())
    assert (swept.ahead, swept.cycle.ahead, swept.cycle.is_clean) == ((STREAMS[0],), 1, False)


def test_after_a_restore_a_sweep_makes_every_view_anew(world: World) -> None:
    world.sweeper().sweep(1e9, until())
    restored = World()
    restored.rows, restored.notes = world.rows, world.notes
    for stream in STREAMS:  # the last commit of each was lost, and others were made since
        commits = list(world.log.read(stream, after=0, until=until()))
        restored.store(*commits[:-1], commit(stream, len(commits), 100, epoch=2))
    swept = restored.sweeper(epoch=2).sweep(1e9, until())
    assert swept.cycle.ended is not None
    assert restored.is_exact()
    assert restored.row(STREAMS[0]).epoch == 2


def second_version() -> Projection[Any]:
    return Projection(
        name="ledger", version=2, of=ACCOUNT, initial=ledger().initial, apply=ledger().apply, totals=other_totals
    )


def operations(world: World, *versions: Projection[Any], meanwhile: Callable[[], None] = lambda: None) -> Operations:
    declared = {one.id: one for one in versions}

    def sweep(consumer: str) -> None:
        meanwhile()
        world.sweeper(declared[consumer]).sweep(7, until())

    return Operations(world.rows_of, world.notes, sweep, now=lambda: world.now, pause_seconds=0)


def test_a_new_version_is_filled_while_it_is_written_to_then_swapped_and_swapped_back(world: World) -> None:
    first, second = ledger(), second_version()
    views = Views([first, second], world.rows_of, world.notes)

    def write_on() -> None:
        for n, stream in enumerate(STREAMS[:3]):
            head = world.log.head(stream, until())
            assert head is not None
            fresh = commit(stream, head.version + 1, n + 1, at=world.now + timedelta(seconds=1))
            world.store(fresh)
            for fed in (first, second):
                world.gate(fed).offer(stream, {fresh.version: fresh}, until())

    work = operations(world, first, second, meanwhile=write_on)
    work.rebuild("ledger-1", until())
    with pytest.raises(NotReadyToSwap, match="ledger-2 was never swept to its end: rebuild it first"):
        work.swap("ledger", 2, until())
    work.rebuild("ledger-2", until())
    assert views.open("ledger").projection is first
    assert work.swap("ledger", 2, until()).previous == 1
    assert views.open("ledger").projection is second
    assert world.is_exact(second)
    world.now += timedelta(hours=2)
    with pytest.raises(NotReadyToSwap, match=r"the last sweep of ledger-1 began at .*, over an hour ago"):
        work.swap("ledger", 1, until())
    work.rebuild("ledger-1", until())
    work.swap("ledger", 1, until())
    assert views.open("ledger").projection is first
    assert world.is_exact(first)


def test_a_rebuild_that_has_no_time_says_that_it_goes_on(world: World) -> None:
    with pytest.raises(NotReadyToSwap, match="rebuild again, it goes on"):
        operations(world, second_version()).rebuild("ledger-2", Deadline.after(0))


def test_a_swap_with_parked_streams_or_gaps_is_refused(world: World) -> None:
    second = second_version()
    work = operations(world, second)
    cycle = work.rebuild("ledger-2", until())
    for changed, says in (
        (replace(cycle, parked=3), "3 streams are parked in ledger-2: mend and unpark them, or swap with them"),
        (replace(cycle, gaps=2), "found 2 streams with commits missing and 0 ahead"),
    ):
        states = SweepStates(world.notes, "ledger-2")
        states.write(replace(states.read(until()), last=changed), until())
        with pytest.raises(NotReadyToSwap, match=says):
            work.swap("ledger", 2, until())
    states = SweepStates(world.notes, "ledger-2")
    states.write(replace(states.read(until()), last=replace(cycle, parked=3)), until())
    work.swap("ledger", 2, until(), with_parked=True)
    with pytest.raises(NotReadyToSwap, match="readers of ledger see version 2 already"):
        work.swap("ledger", 2, until())


def test_what_is_parked_is_listed_and_let_go_on(world: World) -> None:
    def refuse(view: Any, event: Any) -> Any:
        if event.amount == 4:
            raise ValueError("four")
        return ledger().apply(view, event)

    world.sweeper(ledger(apply=refuse)).sweep(1e9, until())
    work = operations(world, ledger())
    parked = list(work.parked("ledger-1", until()))
    assert [row.parked.error for row in parked if row.parked] == ["ValueError: four"] * 5
    for row in parked:
        assert work.unpark("ledger-1", row.stream, until()) == row
        with pytest.raises(StreamParked, match="is at version 3 and not parked in ledger-1"):
            work.unpark("ledger-1", row.stream, until())
    with pytest.raises(StreamParked, match="account-none has no row in ledger-1"):
        work.unpark("ledger-1", ACCOUNT.stream("none"), until())
    work.rebuild("ledger-1", until())
    assert world.is_exact()

"""Reading views: which version, how far, and waiting for one's own writes."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.events import InvalidStreamId, InvalidVersion
from tallygate.projections import InvalidView, NotYetApplied, Projection, StreamParked, UnknownConsumer
from tallygate.projections.memory import MemoryRows
from tallygate.projections.notes import MemoryNotes
from tallygate.projections.pointer import Pointers
from tallygate.projections.row import Parked, Row
from tallygate.projections.views import OpenView, Seen, Views
from tests.accounts import ACCOUNT
from tests.unit.projections.ledger import AT

STREAM = ACCOUNT.stream("1")
PARKED = Parked(4, "KeyError: 'x'", AT)


def balances(version: int = 1, name: str = "balances") -> Projection[int]:
    return Projection(
        name=name,
        version=version,
        of=ACCOUNT,
        initial=0,
        apply=lambda view, event: view + event.amount,
        totals=lambda view: {"sum": view},
    )


class Bench:
    def __init__(self) -> None:
        self.notes = MemoryNotes()
        self.rows: dict[str, MemoryRows] = {}
        self.until = Deadline.after(30)

    def rows_of(self, id: str) -> MemoryRows:
        return self.rows.setdefault(id, MemoryRows(id))

    def put(self, row: Row, id: str = "balances-1") -> None:
        rows = self.rows_of(id)
        rows.put(row, rows.get(row.stream, self.until), self.until)

    def open(self, *projections: Projection[Any], **more: Any) -> OpenView[Any]:
        return Views(projections or [balances()], self.rows_of, self.notes).open("balances", **more)


@pytest.fixture
def bench() -> Bench:
    return Bench()


ROW = Row(STREAM, 3, 1, AT, b"7", {"sum": 7})


def test_a_view_says_how_far_it_is(bench: Bench) -> None:
    bench.put(ROW)
    assert bench.open().view("1") == Seen(7, 3, AT, None)


def test_a_view_of_what_nobody_has_seen_is_the_initial_one(bench: Bench) -> None:
    assert bench.open().view("1") == Seen(0, 0, None, None)
    bench.put(Row(STREAM, 0, 1, AT, parked=PARKED))  # its first commit was refused
    assert bench.open().view("1") == Seen(0, 0, None, PARKED)


def test_a_view_that_stands_still_says_why(bench: Bench) -> None:
    bench.put(replace(ROW, parked=PARKED))
    assert bench.open().view("1") == Seen(7, 3, AT, PARKED)


def test_a_view_of_another_shape_is_told(bench: Bench) -> None:
    bench.put(replace(ROW, view=b'"text"'))
    with pytest.raises(
        InvalidView, match=r"^account-1: the stored view of balances-1 is no int \(Expected `int`.*new v"
    ):
        bench.open().view("1")


def test_readers_see_the_lowest_version_until_the_pointer_says_another(bench: Bench) -> None:
    first, second = balances(1), balances(2)
    bench.put(ROW)
    bench.put(replace(ROW, view=b"8"), "balances-2")
    assert bench.open(second, first).projection is first
    Pointers(bench.notes).swap("balances", 2, standing=1, until=bench.until)
    assert bench.open(first, second).projection is second
    assert bench.open(first, second).view("1").view == 8
    assert bench.open(first, second, version=1).view("1").view == 7
    assert bench.open(first, second).totals().values == {"sum": 7}


def test_a_view_that_is_open_stays_what_it_is_during_a_swap(bench: Bench) -> None:
    bench.put(ROW)
    opened = bench.open(balances(1), balances(2))
    Pointers(bench.notes).swap("balances", 2, standing=1, until=bench.until)
    assert opened.view("1").view == 7


def test_names_and_versions_that_are_not_declared(bench: Bench) -> None:
    views = Views([balances(), balances(name="others"), balances(2)], bench.rows_of, bench.notes)
    with pytest.raises(UnknownConsumer, match=r"^no projection is called 'balance': there are balances, others$"):
        views.open("balance")
    with pytest.raises(UnknownConsumer, match="there are none"):
        Views([], bench.rows_of, bench.notes).open("balances")
    with pytest.raises(UnknownConsumer, match="readers of balances see version 3, this code declares 1, 2: deploy"):
        views.open("balances", version=3)
    Pointers(bench.notes).swap("balances", 4, standing=1, until=bench.until)
    with pytest.raises(UnknownConsumer, match="see version 4, this code declares 1, 2"):
        views.open("balances")


def test_what_is_there_is_not_waited_for(bench: Bench) -> None:
    bench.put(replace(ROW, parked=PARKED))
    began = time.monotonic()
    assert bench.open().wait("1", 3).version == 3
    assert bench.open().wait("1", 2).version == 3
    assert bench.open().wait("2", 0) == Seen(0, 0, None, None)
    assert time.monotonic() - began < 1


def test_what_comes_meanwhile_is_seen(bench: Bench) -> None:
    timer = threading.Timer(0.2, lambda: bench.put(ROW))
    timer.start()
    assert bench.open().wait("1", 3) == Seen(7, 3, AT, None)
    timer.join()


def test_what_does_not_come_is_not_yet_applied(bench: Bench) -> None:
    bench.put(ROW)
    says = "^account-1 is at version 3 in balances-1, 4 was not reached in 0.2 s: wait longer, or look at"
    began = time.monotonic()
    with pytest.raises(NotYetApplied, match=says):
        bench.open().wait("1", 4, deadline_seconds=0.2)
    assert time.monotonic() - began < 0.3


def test_a_parked_stream_is_not_waited_for(bench: Bench) -> None:
    bench.put(replace(ROW, parked=PARKED))
    says = "^account-1 is parked in balances-1 before version 4, 9 was waited for: KeyError: 'x'. Mend the projection"
    began = time.monotonic()
    with pytest.raises(StreamParked, match=says):
        bench.open().wait("1", 9)
    assert time.monotonic() - began < 1


def test_arguments_that_are_none(bench: Bench) -> None:
    for version in (-1, "3", True, None):
        with pytest.raises(InvalidVersion, match="is no version: give a whole number from 0"):
            bench.open().wait("1", version)  # type: ignore[arg-type]
    with pytest.raises(InvalidStreamId):
        bench.open().view("a b")
    with pytest.raises(InvalidInput, match="deadline_seconds=0 must be a number of seconds above 0"):
        bench.open().wait("1", 1, deadline_seconds=0)


def test_totals_say_when_they_were_folded(bench: Bench) -> None:
    now = [AT]
    opened = Views([balances()], bench.rows_of, bench.notes, now=lambda: now[0]).open("balances")
    bench.put(ROW)
    assert opened.totals(max_age_seconds=60).values == {"sum": 7}
    now[0] += timedelta(seconds=30)
    assert opened.totals(max_age_seconds=60).at == AT
    assert opened.totals().at == now[0]

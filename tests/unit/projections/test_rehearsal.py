"""A rehearsal says in a test what a deployment would say by parking a stream."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from tallygate.events import InvalidEvent
from tallygate.projections import InvalidView, Projection
from tallygate.projections.rehearsal import Rehearsed, rehearse
from tests.accounts import ACCOUNT, Deposited, Withdrawn
from tests.unit.projections.ledger import Statement, ledger


@dataclass(frozen=True)
class Closed:
    amount: int


def projection(initial: Any = 0, apply: Callable[..., Any] = lambda v, e: v + e.amount, **more: Any) -> Projection[Any]:
    return Projection(name="x", of=ACCOUNT, initial=initial, apply=apply, **more)


def test_it_returns_the_view_and_what_it_adds() -> None:
    rehearsed = rehearse(ledger(), [Deposited(5), Withdrawn(7), Deposited(1)])
    assert rehearsed.view == Statement(2, 1, -1, -2, (5 * 31 - 7) * 31 + 1)
    assert rehearsed.totals == {"balance": -1, "deposits": 2}


def test_no_events_make_the_initial_view() -> None:
    assert rehearse(projection(totals=lambda view: {"n": view}), []) == Rehearsed(0, {"n": 0})


def test_events_that_it_does_not_follow_are_passed_over() -> None:
    assert rehearse(projection(events=(Deposited,)), [Deposited(5), Withdrawn(3)]).view == 5
    assert rehearse(projection(events=(Deposited,)), [Withdrawn(3)]).view == 0


def test_an_event_of_another_aggregate_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="Closed is no event of account"):
        rehearse(projection(), [Closed(1)])


def test_the_events_are_those_that_would_be_read_back() -> None:
    seen: list[object] = []

    def apply(view: int, event: Deposited) -> int:
        seen.append(event)
        return view

    given = Deposited(5)
    rehearse(projection(apply=apply), [given])
    assert seen == [given, given]
    assert seen[0] is not given


@pytest.mark.parametrize("place", [1, 30], ids="at event {}".format)
def test_chance_is_found_at_every_event(place: int) -> None:
    numbers = count()

    def apply(view: int, event: Deposited) -> int:
        return next(numbers) if event.amount == place else view

    says = f"^at event {place} of 40: ImpureProjection: `apply` of x-1 made two different views of the same events"
    with pytest.raises(InvalidView, match=says):
        rehearse(projection(apply=apply), [Deposited(n) for n in range(1, 41)])


def test_a_view_that_is_changed_in_place_is_found() -> None:
    def apply(view: dict[str, int], event: Deposited) -> dict[str, int]:
        view["n"] = event.amount
        return view

    with pytest.raises(InvalidView, match="at event 1 of 1: ImpureProjection: `apply` of x-1 changed the view that it"):
        rehearse(projection(initial={}, apply=apply), [Deposited(1)])


def test_what_apply_raises_is_told_in_one_line() -> None:
    def apply(view: int, event: Deposited) -> int:
        if event.amount == 2:
            raise ValueError("two\n  lines")
        return view

    with pytest.raises(InvalidView, match=r"^at event 2 of 3: ValueError: two lines$"):
        rehearse(projection(apply=apply), [Deposited(1), Deposited(2), Deposited(3)])


def test_an_apply_that_hangs_is_ended() -> None:
    hanging = projection(apply=lambda view, event: time.sleep(60), apply_seconds=0.05)
    began = time.monotonic()
    with pytest.raises(InvalidView, match=r"Overrun: `apply` of x-1 took longer than 0.05 s for one commit, 3 times"):
        rehearse(hanging, [Deposited(1)])
    assert time.monotonic() - began < 5


def test_totals_that_can_not_be_summed_are_refused() -> None:
    says = "at event 2 of 2: InvalidView: `totals` of x-1 has n=1.5: give an int or a finite Decimal"
    with pytest.raises(InvalidView, match=re.escape(says)):
        rehearse(projection(totals=lambda view: {"n": view / 2}), [Deposited(2), Deposited(1)])

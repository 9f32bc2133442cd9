"""The demo's own look at the views: it finds what is missing, behind, parked or miscounted."""

from dataclasses import replace
from pathlib import Path

import pytest

from local import flights
from local.demo.read_models import ReadModels, Row
from local.view_truth import CARRIERS, FLEET, ROUTES, summed, true_views

TRUTH = {FLEET: {"aircraft-N1": {"flights": 2, "miles": 300}, "aircraft-N2": {"cancelled": 1}}}
EXACT = ReadModels(
    rows={
        FLEET: {
            "aircraft-N1": Row(version=2, adds={"flights": 2, "miles": 300}, parked=""),
            "aircraft-N2": Row(version=1, adds={"cancelled": 1}, parked=""),
        }
    },
    heads={"aircraft-N1": 2, "aircraft-N2": 1},
    seconds=1.0,
)


def with_row(stream: str, row: Row) -> ReadModels:
    return replace(EXACT, rows={FLEET: {**EXACT.rows[FLEET], stream: row}})


def test_what_agrees_has_no_differences_and_is_told() -> None:
    assert EXACT.differences(TRUTH) == []
    assert next(EXACT.sentences()) == "the fleet: 2 flights, 0 hours, 300 miles, 1 cancelled"


@pytest.mark.parametrize(
    ("models", "said"),
    [
        (replace(EXACT, rows={}), "fleet-1: 2 of 2 views are missing"),
        (
            with_row("aircraft-N1", Row(version=1, adds={"flights": 1, "miles": 100}, parked="")),
            "fleet-1: 1 streams are behind",
        ),
        (
            with_row("aircraft-N1", Row(version=2, adds={"flights": 2, "miles": 301}, parked="")),
            "fleet-1: miles is 301 in the totals, 300 in the file",
        ),
        (
            with_row("aircraft-N2", Row(version=1, adds={"cancelled": 1}, parked="KeyError: 'x'")),
            "fleet-1: aircraft-N2 is parked: KeyError: 'x'",
        ),
        (
            with_row("aircraft-N9", Row(version=1, adds={"flights": 1}, parked="")),
            "fleet-1: aircraft-N9 adds {'flights': 1}, the file says {}",
        ),
    ],
)
def test_what_differs_is_said(models: ReadModels, said: str) -> None:
    assert said in models.differences(TRUTH)


def test_the_first_flights_are_counted_as_by_hand(tmp_path: Path) -> None:
    manifest = tmp_path / "flights.csv"
    flights.write_manifest(manifest, 10_000)
    views = true_views(manifest)
    fleet, routes = summed(views[FLEET]), summed(views[ROUTES])
    assert fleet["flights"] + fleet["cancelled"] == 10_000
    assert fleet["flights"] == sum(routes.values()) == sum(fleet[name] for name in fleet if name.endswith("/flights"))
    assert fleet["miles"] < 10_240_419  # what was cancelled was not flown
    assert views[CARRIERS] == {}
    hot = true_views(manifest, hot=True)
    assert len(hot[CARRIERS]) == 15
    assert summed(hot[CARRIERS]) == fleet

"""The judge is judged: each finding finds what it is there for, and nothing in tables that are right."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.trial.evidence import Commit, Generation
from tests.trial.judge import Case, problems

IDS = [["000000", "000001"], ["000002"]]


def record(i: int, outcome: str = "DONE", **counts: int) -> dict[str, Any]:
    return {"i": i, "outcome": outcome, "ok": 0, "failed": 0, "abandoned": 0, **counts}


def report(**fields: Any) -> dict[str, Any]:
    return {"items": 3, "ok": 1, "failed": 1, "abandoned": 1, "batch_items": 3, "batch_ok": 1, **fields}


def generation(number: int = 0, **fields: Any) -> Generation:
    """Of three items, the second failed and the third was abandoned."""
    made: dict[str, Any] = {
        "batch": "b",
        "number": number,
        "manifest": {"items": 3, "chunks": 2},
        "report": report(status="partial"),
        "records": {0: record(0, ok=1, failed=1), 1: record(1, "ABANDONED", abandoned=1)},
        "ids": IDS,
        "sizes": [2, 1],
        "failures": {0: [("000001", "ValueError: no")], 1: []},
    }
    return Generation(**{**made, **fields})


def redriven(**fields: Any) -> Generation:
    """The other two, of which both are ok."""
    made: dict[str, Any] = {
        "manifest": {"items": 2, "chunks": 1},
        "report": report(status="complete", items=2, ok=2, failed=0, abandoned=0, batch_ok=3),
        "records": {0: record(0, ok=2)},
        "ids": [["000001", "000002"]],
        "sizes": [2],
        "failures": {0: []},
    }
    return generation(1, **{**made, **fields})


def commit(version: int, *items: str) -> Commit:
    events = [{"data": {"batch": "b", "item": item, "release": 1}} for item in items]
    return Commit("taken-0", version, f"commit-{version}", tuple(f"b/{item}" for item in items), events)


def told(number: int, ok: int, failed: int, abandoned: int) -> Commit:
    data = {"batch": "b", "generation": number, "ok": ok, "failed": failed, "abandoned": abandoned}
    return Commit("batch-b", number + 1, f"report-{number}", (), [{"data": data}])


RIGHT = Case(
    [generation(), redriven()],
    [commit(1, "000000"), commit(2, "000001", "000002"), told(0, 1, 1, 1), told(1, 2, 0, 0)],
)


def of(first: Generation | None = None, second: Generation | None = None, *commits: Commit) -> Case:
    return replace(
        RIGHT, generations=[first or generation(), second or redriven()], commits=[*(commits or RIGHT.commits)]
    )


def test_tables_that_are_right_are_found_right() -> None:
    assert problems(RIGHT) == []


WRONG: dict[str, Callable[[], Case]] = {
    "b g0: chunk 0 of 2 items has": lambda: of(
        generation(records={0: record(0, ok=2, failed=1), 1: record(1, "ABANDONED", abandoned=1)})
    ),
    "a record of chunk 2, which there is not": lambda: of(
        generation(records={**generation().records, 2: record(2, ok=1)}, failures={**generation().failures, 2: []})
    ),
    "chunk 1 is ABANDONED with": lambda: of(
        generation(records={0: record(0, ok=1, failed=1), 1: record(1, "ABANDONED", ok=1)})
    ),
    "reported with 1 of 2 chunks": lambda: of(generation(records={0: record(0, ok=1, failed=1)})),
    "the report says": lambda: of(generation(report=report(status="partial", ok=2))),
    "complete with": lambda: of(generation(report=report(status="complete"))),
    "told as": lambda: of(None, None, *RIGHT.commits, told(0, 1, 1, 1)),
    "told, and there is no report": lambda: of(None, None, *RIGHT.commits, told(2, 1, 1, 1)),
    "items, 2 were left by g0": lambda: of(None, redriven(ids=[["000000", "000002"]])),
    "are ok twice": lambda: of(None, redriven(ids=[["000000", "000002"]])),
    "are ok without effect": lambda: of(None, None, commit(1, "000000"), *RIGHT.commits[2:]),
    "took effect more than once": lambda: of(None, None, commit(3, "000000"), *RIGHT.commits),
    "were not asked for": lambda: of(None, None, commit(3, "000009"), *RIGHT.commits),
    "versions [1] are missing": lambda: of(None, None, commit(3, "000000"), *RIGHT.commits[1:]),
    "is in 2 commits of taken-0": lambda: of(None, None, commit(3, "000000"), *RIGHT.commits),
}


@pytest.mark.parametrize("says", WRONG)
def test_what_is_wrong_is_found(says: str) -> None:
    assert any(says in problem for problem in problems(WRONG[says]()))

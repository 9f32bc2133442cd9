"""What is told of a commit: what happened, in order, and what did not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tallygate.clock import to_text
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.events import Commit, MemoryCommitLog
from tallygate.explain import Explainer, NothingFound, Question, Story
from tallygate.explain.log_lines import Line, MemoryLogLines
from tallygate.explain.text import lines, to_json
from tallygate.projections.memory import MemoryRows
from tallygate.projections.row import Parked, Row
from tests.accounts import ACCOUNT
from tests.unit.projections.ledger import commit

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
STREAM, LONGER = ACCOUNT.stream("1"), ACCOUNT.stream("12")
FUNCTIONS = ["effect-outbox", "project-fleet-1", "relay", "sweep-fleet-1", "sweep-outbox", "work"]


def after(milliseconds: int) -> datetime:
    return AT + timedelta(milliseconds=milliseconds)


def relayed(milliseconds: int, one: Commit, stream: str = STREAM) -> Line:
    entry = {"stream": stream, "version": one.version, "commands": list(one.commands), "correlation": "c-1"}
    return Line("relay", after(milliseconds), {"relayed": to_text(after(milliseconds)), "commits": [entry]})


def applied(function: str, milliseconds: int, before: int, version: int, **more: Any) -> Line:
    entry = {"stream": STREAM, "before": before, "version": version, **more}
    other = {"stream": LONGER, "before": 0, "version": 9}
    data = {"consumer": function, "applied": to_text(after(milliseconds)), "streams": [other, entry]}
    return Line(function, after(milliseconds), data)


class Bench:
    def __init__(self) -> None:
        self.log, self.lines = MemoryCommitLog(), MemoryLogLines(functions=FUNCTIONS)
        self.rows = {id: MemoryRows(id) for id in ("fleet-1", "outbox")}
        self.until = Deadline.after(10)
        self.commits = [
            replace(commit(STREAM, version, 5, at=AT), commands=(f"command-{version}",), meta={"correlation": "c-1"})
            for version in (1, 2)
        ]
        for one in self.commits:
            self.log.put(one, self.until)

    def at(self, consumer: str, version: int, parked: Parked | None = None) -> None:
        self.rows[consumer].put(Row(STREAM, version, 1, AT, parked=parked), None, self.until)

    def ask(self, **known: Any) -> list[Story]:
        explainer = Explainer(self.lines, self.log, lambda id: self.rows[id])
        return explainer.explain(Question(since=AT - timedelta(hours=1), **known), self.until)

    def told(self, **known: Any) -> list[str]:
        (story,) = self.ask(**known)
        return [" ".join(line.split()) for line in lines(story)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_commands_way_is_told_in_order_with_its_times(bench: Bench) -> None:
    bench.lines.lines = [
        applied("effect-outbox", 90, 0, 2),
        applied("project-fleet-1", 70, 1, 2, dropped=1),
        relayed(40, bench.commits[1]),
        applied("project-fleet-1", 20, 0, 1),
        relayed(30, bench.commits[0], LONGER),
        applied("project-fleet-1", 120, 2, 2, dropped=3),
        relayed(100, bench.commits[1]),
    ]
    bench.at("fleet-1", 2)
    bench.at("outbox", 2)
    assert bench.told(command="command-2") == [
        "2026-11-21T12:00:00.000Z +0 ms writer account-1 version 2: Deposited, commands command-2",
        "2026-11-21T12:00:00.040Z +40 ms relay sent to Kinesis",
        "2026-11-21T12:00:00.070Z +70 ms project-fleet-1 applied versions 2 to 2 (1 duplicates dropped)",
        "2026-11-21T12:00:00.090Z +90 ms effect-outbox applied versions 1 to 2",
        "2026-11-21T12:00:00.100Z +100 ms relay sent to Kinesis again",
        "2026-11-21T12:00:00.120Z +120 ms project-fleet-1 dropped 3 duplicates of the stream, at version 2",
    ]


def test_what_a_sweep_healed_is_told_and_what_did_not_happen_comes_last(bench: Bench) -> None:
    bench.lines.lines = [applied("sweep-fleet-1", 5000, 0, 2, healed=2)]
    bench.at("fleet-1", 2)
    assert bench.told(stream=STREAM, version=2)[1:] == [
        "2026-11-21T12:00:05.000Z +5,000 ms sweep-fleet-1 applied versions 1 to 2 (2 read from the events table)",
        "------------------------ relay no line in its log says that it was sent",
        "------------------------ effect-outbox not applied yet: it has no row",
    ]


def test_a_parked_stream_says_why(bench: Bench) -> None:
    parked = Parked(2, "KeyError: 'x'", after(80))
    bench.lines.lines = [applied("project-fleet-1", 80, 0, 1, parked="KeyError: 'x'")]
    bench.at("fleet-1", 1, parked)
    told = bench.told(stream=STREAM, command="command-2")
    assert "2026-11-21T12:00:00.080Z +80 ms project-fleet-1 parked at version 1: KeyError: 'x'" in told
    assert any(
        "not applied: parked before version 2 at 2026-11-21T12:00:00.080Z: KeyError: 'x'" in line for line in told
    )


def test_a_row_behind_and_a_log_that_is_gone_are_told_apart(bench: Bench) -> None:
    bench.at("fleet-1", 1)
    bench.at("outbox", 2)
    told = bench.told(stream=STREAM, version=2)
    assert "------------------------ project-fleet-1 not applied yet: its row is at version 1" in told
    assert "------------------------ effect-outbox no line in its log says when; its row is at version 2" in told


def test_all_commits_of_a_correlation_are_told(bench: Bench) -> None:
    bench.lines.lines = [relayed(40, one) for one in bench.commits]
    assert [story.commit.version for story in bench.ask(correlation="c-1")] == [1, 2]
    assert [story.commit.version for story in bench.ask(correlation="c-1", stream=STREAM)] == [2, 1]
    (story,) = bench.ask(command="command-1")
    told = to_json(story)
    assert (told["version"], told["happenings"][1]["milliseconds"]) == (1, 40.0)


@pytest.mark.parametrize(
    ("known", "says"),
    [
        (
            {"command": "none"},
            r"nothing found in the log of the relay since 2026-11-21T11:00:00.000Z: look further back",
        ),
        ({"command": "command", "stream": STREAM}, "nothing found in the stream account-1 since"),
        ({"stream": STREAM, "version": 7}, "nothing found in the stream account-1 since"),
    ],
)
def test_nothing_found_says_where_and_what_to_try(bench: Bench, known: dict[str, Any], says: str) -> None:
    bench.lines.lines = [relayed(40, one) for one in bench.commits]
    with pytest.raises(NothingFound, match=says):
        bench.ask(**known)


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"version": 3},
        {"command": "a", "correlation": "b"},
        {"stream": STREAM},
        {"stream": "Nonsense", "version": 1},
    ],
)
def test_a_question_that_asks_for_nothing_is_refused(known: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Question(since=AT, **known)

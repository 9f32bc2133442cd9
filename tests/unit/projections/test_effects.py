"""Effects: what is told, under which key, and when it is not told again."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tallygate.events import Commit, MemoryCommitLog, StoredEvent
from tallygate.projections import Effect, Message
from tallygate.projections.gate import Gate
from tallygate.projections.memory import MemoryRows
from tallygate.projections.outbox import MemoryOutbox
from tallygate.projections.row import Row
from tallygate.projections.rows import Put
from tallygate.projections.telling import Telling
from tests.accounts import ACCOUNT, Deposited, Withdrawn
from tests.unit.projections.ledger import AT, commit, rewind

STREAM = ACCOUNT.stream("1")


def amount(event: Deposited | Withdrawn) -> dict[str, Any] | None:
    return {"amount": event.amount} if event.amount else None


def effect(message: Callable[[Any], Mapping[str, Any] | None] = amount, **more: Any) -> Effect:
    return Effect(name="mail", of=ACCOUNT, since=AT, message=message, **more)


class Died(Exception):
    """The process."""


class MortalRows(MemoryRows):
    dies = False

    def put(self, row: Row, standing: Row | None, until: Deadline) -> Put:
        if self.dies:
            raise Died
        return super().put(row, standing, until)


class Bench:
    def __init__(self) -> None:
        self.log, self.rows, self.outbox = MemoryCommitLog(), MortalRows("mail"), MemoryOutbox()
        self.until = Deadline.after(30)

    def gate(self, of: Effect | None = None, *, epoch: int = 1) -> Gate:
        return Gate(Telling(of or effect(), self.outbox), self.rows, self.log, epoch=epoch)

    def store(self, *commits: Commit) -> None:
        for one in commits:
            self.log.put(one, self.until)

    def restored_to(self, version: int, *since: Commit) -> None:
        """The table is one in which the stream ends at the version, and goes on otherwise."""
        kept = list(self.log.read(STREAM, after=0, until=self.until))[:version]
        self.log = MemoryCommitLog()
        self.store(*kept, *since)

    def row(self) -> Row:
        row = self.rows.get(STREAM, self.until)
        assert row is not None
        return row

    @property
    def told(self) -> list[int]:
        return [json.loads(message.detail)["data"]["amount"] for message in self.outbox.sent]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_message_says_what_why_and_under_which_key(bench: Bench) -> None:
    events = tuple(StoredEvent("Deposited", 1, {"amount": n}) for n in (5, 6))
    bench.store(Commit(STREAM, 1, "c1", events, (), AT, meta={"correlation": "order-7", "causation": "x"}))
    bench.gate().catch_up(STREAM, bench.until)
    second = bench.outbox.sent[1]
    assert (second.key, second.type, second.source, second.at) == ("c1/1", "Deposited", "tallygate.mail", AT)
    assert json.loads(second.detail) == {
        "idempotency_key": "c1/1",
        "stream": "account-1",
        "version": 1,
        "index": 1,
        "at": "2026-01-01T00:00:00.000Z",
        "correlation": "order-7",
        "data": {"amount": 6},
    }
    assert (bench.row().version, bench.row().view, bench.row().contribution) == (1, b"", {})


def test_what_was_committed_before_since_is_never_told(bench: Bench) -> None:
    bench.store(commit(STREAM, 1, 1, at=AT - timedelta(milliseconds=1)), commit(STREAM, 2, 2))
    bench.gate().catch_up(STREAM, bench.until)
    assert (bench.told, bench.row().version) == ([2], 2)


def test_no_message_is_no_trouble_and_other_events_pass(bench: Bench) -> None:
    nothing = Commit(STREAM, 1, "c1", (StoredEvent("Deposited", 1, {"amount": 0}),), (), AT)
    bench.store(nothing, commit(STREAM, 2, -3, 4))
    gate = bench.gate(effect(events=(Deposited,)))
    assert gate.catch_up(STREAM, bench.until).events == 1
    assert (bench.told, [message.key[-2:] for message in bench.outbox.sent]) == ([4], ["/1"])
    assert bench.row().version == 2


def test_what_was_sent_when_the_process_died_is_sent_again_under_the_same_keys(bench: Bench) -> None:
    bench.store(commit(STREAM, 1, 1, 2), commit(STREAM, 2, 3))
    bench.rows.dies = True
    with pytest.raises(Died):
        bench.gate().catch_up(STREAM, bench.until)
    bench.rows.dies = False
    bench.gate().catch_up(STREAM, bench.until)
    bench.gate().catch_up(STREAM, bench.until)
    first, again = bench.outbox.sent[:3], bench.outbox.sent[3:]
    assert first == again
    assert len({message.key for message in first}) == 3


def test_the_row_does_not_move_before_all_is_sent(bench: Bench) -> None:
    class Away(MemoryOutbox):
        def send(self, messages: Sequence[Message], until: Deadline) -> None:
            super().send(messages[:1], until)
            raise Unavailable("the bus is away")

    bench.store(commit(STREAM, 1, 1), commit(STREAM, 2, 2))
    bench.outbox = Away()
    with pytest.raises(Unavailable, match="the bus is away"):
        bench.gate().catch_up(STREAM, bench.until)
    assert bench.rows.get(STREAM, bench.until) is None
    bench.outbox = MemoryOutbox()
    bench.gate().catch_up(STREAM, bench.until)
    assert bench.told == [1, 2]


def test_a_long_history_has_a_row_for_each_page(bench: Bench) -> None:
    bench.store(*(commit(STREAM, n, n) for n in range(1, 61)))
    assert bench.gate().catch_up(STREAM, bench.until).writes == 3
    assert bench.told == list(range(1, 61))


def test_a_rewind_tells_nothing_and_takes_nothing_back(bench: Bench) -> None:
    bench.store(commit(STREAM, 1, 1), commit(STREAM, 2, 2))
    bench.gate().catch_up(STREAM, bench.until)
    bench.store(rewind(STREAM, 3, 1), commit(STREAM, 4, 4))
    bench.gate().catch_up(STREAM, bench.until)
    assert (bench.told, bench.row().version) == ([1, 2, 4], 4)


def test_after_a_restore_only_what_is_new_is_told(bench: Bench) -> None:
    bench.store(*(commit(STREAM, n, n) for n in range(1, 6)))
    bench.gate().catch_up(STREAM, bench.until)
    bench.restored_to(3, commit(STREAM, 4, 40, epoch=2), commit(STREAM, 5, 50, epoch=2))
    bench.gate(epoch=2).catch_up(STREAM, bench.until)
    bench.gate(epoch=2).catch_up(STREAM, bench.until)
    assert bench.told == [1, 2, 3, 4, 5, 40, 50]
    assert (bench.row().version, bench.row().epoch) == (5, 2)


def test_after_two_restores_too(bench: Bench) -> None:
    bench.store(*(commit(STREAM, n, n) for n in range(1, 6)))
    bench.gate().catch_up(STREAM, bench.until)
    bench.restored_to(4, commit(STREAM, 5, 50, epoch=2))  # nobody was told of this one, nor of the next
    bench.restored_to(5, commit(STREAM, 6, 60, epoch=3))
    bench.gate(epoch=3).catch_up(STREAM, bench.until)
    assert bench.told == [1, 2, 3, 4, 5, 50, 60]


def test_what_was_restored_and_had_not_been_told_is_told(bench: Bench) -> None:
    bench.store(commit(STREAM, 1, 1), commit(STREAM, 2, 2))
    bench.gate().offer(STREAM, {1: bench.log.commit_at(STREAM, 1, bench.until)}, bench.until)
    bench.restored_to(2, commit(STREAM, 3, 30, epoch=2))
    bench.gate(epoch=2).catch_up(STREAM, bench.until)
    assert bench.told == [1, 2, 30]


def test_a_stream_that_the_restore_lost_begins_anew(bench: Bench) -> None:
    bench.store(commit(STREAM, 1, 1))
    bench.gate().catch_up(STREAM, bench.until)
    bench.restored_to(0, commit(STREAM, 1, 10, epoch=2))
    bench.gate(epoch=2).catch_up(STREAM, bench.until)
    assert bench.told == [1, 10]


def large(event: Deposited) -> dict[str, Any]:
    return {"text": "x" * 256_000} if event.amount == 13 else {"amount": event.amount}


def test_a_message_that_is_too_large_parks_before_its_commit(bench: Bench) -> None:
    bench.store(commit(STREAM, 1, 1), commit(STREAM, 2, 2, 13), commit(STREAM, 3, 3))
    offered = bench.gate(effect(large)).catch_up(STREAM, bench.until)
    assert offered.newly_parked
    assert offered.parked is not None
    assert (bench.told, bench.row().version, offered.parked.version) == ([1], 1, 2)
    assert "`message` of mail has 2561" in offered.parked.error
    assert "for account-1 version 2, 256000 fit: tell less, and where the rest is" in offered.parked.error
    bench.gate().unpark(STREAM, bench.until)
    assert bench.told == [1, 2, 13, 3]


def test_nothing_is_told_anew_by_a_sweep(bench: Bench) -> None:
    bench.store(commit(STREAM, 1, 1))
    bench.gate().catch_up(STREAM, bench.until)
    assert not bench.gate(effect(lambda event: {"another": "message"})).renew(bench.row(), bench.until)
    assert bench.told == [1]

"""Execute: every command once, whoever else writes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tallygate.deadline import Deadline
from tallygate.events import Commit, Contended, EventStore, MemoryCommitLog, OutcomeUnknown, StoredEvent, StreamId
from tests.accounts import ACCOUNT, Deposited, deposit, withdraw_all
from tests.unit.events.others import NOW, STREAM, foreign, put


def test_execute_decides_on_the_state_and_stores_one_commit(store: EventStore) -> None:
    store.execute(ACCOUNT, "1", lambda _: [Deposited(5)], command_id="a", since=NOW)
    executed = store.execute(ACCOUNT, "1", withdraw_all, command_id="b", since=NOW, meta={"batch": "x"})
    assert executed.commit is not None
    assert (executed.commit.version, executed.commit.commands, executed.commit.meta) == (2, ("b",), {"batch": "x"})
    assert (executed.state, executed.repeated) == (0, False)


@pytest.mark.parametrize("other_process", [False, True])
def test_a_command_is_carried_out_once_however_often_it_is_sent(
    store: EventStore, log: MemoryCommitLog, *, other_process: bool
) -> None:
    first = store.execute(ACCOUNT, "1", deposit, command_id="a", since=NOW)
    for n in range(3):
        store.execute(ACCOUNT, "1", deposit, command_id=f"other-{n}", since=NOW)
    again = (EventStore(log) if other_process else store).execute(ACCOUNT, "1", deposit, command_id="a", since=NOW)
    assert again.repeated
    assert again.commit == first.commit
    assert again.state == 4


def test_a_command_that_another_process_carried_out_meanwhile_is_found(store: EventStore, log: MemoryCommitLog) -> None:
    """The held stream is stale: the put meets the other's commits, and the command is among them."""
    store.execute(ACCOUNT, "1", deposit, command_id="a", since=NOW)
    put(log, foreign(2, "b"))
    put(log, foreign(3, "c"))
    executed = store.execute(ACCOUNT, "1", deposit, command_id="c", since=NOW)
    assert executed.repeated
    assert executed.commit is not None
    assert executed.commit.version == 3
    assert executed.state == 201


def test_a_command_is_found_after_10_000_other_commits_also_when_most_ids_are_no_longer_held(
    store: EventStore, log: MemoryCommitLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallygate.events.command_index.MAX_COMMANDS", 500)
    store.execute(ACCOUNT, "1", deposit, command_id="first", since=NOW)
    for n in range(2, 10_002):
        put(log, foreign(n, f"other-{n}"))
    executed = store.execute(ACCOUNT, "1", deposit, command_id="last", since=NOW)
    assert executed.commit is not None
    assert (executed.commit.version, executed.repeated) == (10_002, False)
    assert store.execute(ACCOUNT, "1", deposit, command_id="first", since=NOW).repeated
    assert EventStore(log).execute(ACCOUNT, "1", deposit, command_id="first", since=NOW).repeated


def test_commits_older_than_since_are_not_read_back(log: MemoryCommitLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallygate.events.command_index.MAX_COMMANDS", 10)
    read: list[int] = []
    for n in range(1, 101):
        put(log, foreign(n, f"other-{n}", at=NOW + timedelta(minutes=n)))
    real = log.read_back

    def counted(stream: StreamId, *, before: int, until: Deadline) -> Iterator[Commit]:
        for commit in real(stream, before=before, until=until):
            read.append(commit.version)
            yield commit

    monkeypatch.setattr(log, "read_back", counted)
    EventStore(log).execute(ACCOUNT, "1", deposit, command_id="x", since=NOW + timedelta(minutes=60))
    assert min(read) == 54  # five minutes of clock skew before minute 60, and the commit that ends the search
    assert max(read) < 100


def test_a_decision_for_nothing_is_not_recorded(store: EventStore, log: MemoryCommitLog) -> None:
    executed = store.execute(ACCOUNT, "1", withdraw_all, command_id="a", since=NOW)
    assert executed.commit is None
    assert list(log.read(STREAM, after=0, until=Deadline.after(1))) == []


def test_a_decision_for_nothing_is_believed_only_after_a_read(store: EventStore, log: MemoryCommitLog) -> None:
    store.execute(ACCOUNT, "1", withdraw_all, command_id="a", since=NOW)
    put(log, foreign(1, "deposit"))
    executed = store.execute(ACCOUNT, "1", withdraw_all, command_id="b", since=NOW)
    assert executed.commit is not None
    assert executed.commit.events == (StoredEvent("Withdrawn", 1, {"amount": 100}),)


def test_a_stream_that_was_held_for_a_while_is_read_before_a_write_is_wasted(
    store: EventStore, log: MemoryCommitLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.execute(ACCOUNT, "1", deposit, command_id="a", since=NOW)
    put(log, foreign(2))
    puts: list[int] = []
    real = log.put

    def counted(commit: Commit, until: Deadline) -> Commit:
        puts.append(commit.version)
        return real(commit, until)

    monkeypatch.setattr(log, "put", counted)
    monkeypatch.setattr("tallygate.events.execution.FRESH_SECONDS", -1)
    executed = store.execute(ACCOUNT, "1", deposit, command_id="b", since=NOW)
    assert executed.commit is not None
    assert (puts, executed.state) == ([3], 102)


def test_many_writers_lose_nothing(log: MemoryCommitLog) -> None:
    stores = [EventStore(log) for _ in range(4)]  # four processes

    def write(n: int) -> None:
        stores[n % 4].execute(ACCOUNT, "1", deposit, command_id=f"c{n // 2}", since=NOW, deadline_seconds=60)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(400)))  # every command twice
    assert stores[0].load(ACCOUNT, "1").state == 200
    commands = [command for commit in log.read(STREAM, after=0, until=Deadline.after(1)) for command in commit.commands]
    assert sorted(commands) == sorted(f"c{n}" for n in range(200))


def test_contention_that_outlasts_the_deadline_is_an_error_and_stores_nothing(
    store: EventStore, log: MemoryCommitLog
) -> None:
    def decide_slowly(_balance: int) -> list[Deposited]:
        head = len(list(log.read(STREAM, after=0, until=Deadline.after(1))))
        put(log, foreign(head + 1))  # somebody else is always a little faster
        return [Deposited(1)]

    with pytest.raises(Contended, match=r"conflicts, nothing stored"):
        store.execute(ACCOUNT, "1", decide_slowly, command_id="a", since=NOW, deadline_seconds=0.2)
    assert all(commit.commands == () for commit in log.read(STREAM, after=0, until=Deadline.after(1)))


def test_a_put_without_an_answer_is_an_unknown_outcome_and_the_command_can_be_sent_again(
    store: EventStore, log: MemoryCommitLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = log.put

    def answer_lost(commit: Commit, until: Deadline) -> Commit:
        real(commit, until)
        raise OutcomeUnknown(commit.stream, [commit.commit_id])

    monkeypatch.setattr(log, "put", answer_lost)
    with pytest.raises(OutcomeUnknown, match="run the command again") as unknown:
        store.execute(ACCOUNT, "1", deposit, command_id="a", since=NOW)
    monkeypatch.undo()
    executed = store.execute(ACCOUNT, "1", deposit, command_id="a", since=NOW)
    assert executed.repeated
    assert executed.commit is not None
    assert executed.commit.commit_id == unknown.value.commit_id
    assert executed.state == 1


def test_a_thread_that_waits_for_another_beyond_its_deadline_is_contended(store: EventStore) -> None:
    with ThreadPoolExecutor(1) as pool:

        def decide(_balance: int) -> list[Deposited]:
            with pytest.raises(Contended):
                pool.submit(
                    store.execute, ACCOUNT, "1", deposit, command_id="b", since=NOW, deadline_seconds=0.05
                ).result()
            return [Deposited(1)]

        store.execute(ACCOUNT, "1", decide, command_id="a", since=NOW)


def test_streams_that_are_no_longer_held_are_read_again(log: MemoryCommitLog) -> None:
    small = EventStore(log, streams_held=2)
    for n in range(12):
        small.execute(ACCOUNT, str(n % 6), deposit, command_id=f"c{n}", since=NOW)
    assert [small.load(ACCOUNT, str(n)).state for n in range(6)] == [2] * 6

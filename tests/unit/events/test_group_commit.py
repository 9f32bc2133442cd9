"""Commands that wait for one stream go out together, and each is still for itself."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tallygate.deadline import Deadline
from tallygate.events import (
    Commit,
    CommitTooLarge,
    Contended,
    EventStore,
    Executed,
    MemoryCommitLog,
    OutcomeUnknown,
    Overloaded,
    VersionConflict,
)
from tests.accounts import ACCOUNT, Deposited, Withdrawn, deposit
from tests.unit.events.others import NOW, STREAM, foreign, put, stored


class Gate:
    """A log whose next put waits until it is let through, so that commands gather behind it."""

    def __init__(self, log: MemoryCommitLog) -> None:
        self._put = log.put
        self.reached, self.open = threading.Event(), threading.Event()
        log.put = self.put  # type: ignore[method-assign]

    def put(self, commit: Commit, until: Deadline) -> Commit:
        self.reached.set()
        assert self.open.wait(10)
        return self._put(commit, until)


class Crowd:
    """A command that is being written, and others that wait behind it."""

    def __init__(self, store: EventStore, log: MemoryCommitLog, pool: ThreadPoolExecutor) -> None:
        self._store, self._pool, self._gate = store, pool, Gate(log)
        self._waiting = 0
        self.first = self._submit("first", deposit)
        assert self._gate.reached.wait(10)

    def add(
        self, id: str, decide: Callable[[int], Sequence[object]] = deposit, *, seconds: float = 10, **meta: str
    ) -> "Future[Executed[int]]":
        waiting = self._submit(id, decide, seconds=seconds, meta=meta)
        self._waiting += 1
        held = self._store._cache.get(STREAM, ACCOUNT)
        deadline = Deadline.after(10)
        while len(held.line._waiting) < self._waiting and not deadline.passed and not waiting.done():
            threading.Event().wait(0.001)
        return waiting

    def let_through(self) -> None:
        self._gate.open.set()

    def _submit(
        self,
        id: str,
        decide: Callable[[int], Sequence[object]],
        *,
        seconds: float = 10,
        meta: dict[str, str] | None = None,
    ) -> "Future[Executed[int]]":
        return self._pool.submit(
            self._store.execute,
            ACCOUNT,
            "1",
            decide,
            command_id=id,
            since=NOW,
            meta=meta,
            deadline_seconds=seconds,
        )


@pytest.fixture
def pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(32)


@pytest.fixture
def crowd(store: EventStore, log: MemoryCommitLog, pool: ThreadPoolExecutor) -> Crowd:
    return Crowd(store, log, pool)


def refuse(_balance: int) -> list[Deposited]:
    raise RuntimeError("no")


def spend_all(balance: int) -> list[Withdrawn]:
    return [Withdrawn(balance)]


def test_what_waits_goes_out_in_one_commit_each_under_its_own_id(crowd: Crowd, log: MemoryCommitLog) -> None:
    waiting = [crowd.add(f"c{n}") for n in range(5)]
    crowd.let_through()
    executed = [one.result() for one in waiting]
    first, group = stored(log)
    assert (first.commands, group.commands) == (("first",), tuple(f"c{n}" for n in range(5)))
    assert [one.commit for one in executed] == [group] * 5
    assert [(one.state, one.repeated) for one in executed] == [(6, False)] * 5


def test_later_commands_are_decided_on_what_earlier_ones_of_the_group_did(crowd: Crowd, log: MemoryCommitLog) -> None:
    waiting = [crowd.add(id, decide) for id, decide in (("a", deposit), ("b", spend_all), ("c", deposit))]
    crowd.let_through()
    for one in waiting:
        one.result()
    amounts = [event.data["amount"] for event in stored(log)[1].events]
    assert amounts == [1, 2, 1]


def test_the_error_of_one_is_for_that_one_only(crowd: Crowd, log: MemoryCommitLog) -> None:
    good, bad, idle, unstorable = (
        crowd.add("good"),
        crowd.add("bad", refuse),
        crowd.add("idle", lambda _: []),
        crowd.add("unstorable", lambda _: [Deposited("1")]),  # type: ignore[arg-type]
    )
    crowd.let_through()
    assert good.result().state == 2
    assert idle.result().commit is None
    with pytest.raises(RuntimeError, match="no"):
        bad.result()
    with pytest.raises(ValueError, match="can't be stored: Expected `int`, got `str`"):
        unstorable.result()
    assert stored(log)[1].commands == ("good",)


def test_one_that_is_too_large_leaves_the_others_theirs(
    crowd: Crowd, log: MemoryCommitLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallygate.events.items.MAX_ITEM_BYTES", 3000)
    monkeypatch.setattr("tallygate.events.items.MAX_COMMIT_BYTES", 3000)
    large = crowd.add("large", lambda _: [Deposited(n) for n in range(100)])
    others = [crowd.add(f"c{n}") for n in range(3)]
    crowd.let_through()
    with pytest.raises(CommitTooLarge):
        large.result()
    assert {one.result().repeated for one in others} == {False}
    assert sorted(command for commit in stored(log) for command in commit.commands) == ["c0", "c1", "c2", "first"]


def test_the_same_command_twice_in_a_group_is_carried_out_once(crowd: Crowd, log: MemoryCommitLog) -> None:
    twins = [crowd.add("twin"), crowd.add("twin")]
    crowd.let_through()
    assert sorted(one.result().repeated for one in twins) == [False, True]
    assert Counter(command for commit in stored(log) for command in commit.commands) == {"first": 1, "twin": 1}


def test_after_a_conflict_those_in_the_winners_commit_are_told_and_the_rest_decide_again(
    crowd: Crowd, log: MemoryCommitLog
) -> None:
    """Another process has carried out two of the waiting commands by the time that the group is written."""
    waiting = {id: crowd.add(id) for id in ("a", "b", "c")}
    log._commits[STREAM, 1] = winner = foreign(1, "a", "b")
    log._heads[STREAM] = 1
    crowd.let_through()
    executed = {id: one.result() for id, one in waiting.items()}
    assert [executed[id].commit for id in ("a", "b")] == [winner, winner]
    assert {id: one.repeated for id, one in executed.items()} == {"a": True, "b": True, "c": False}
    times = Counter(command for commit in stored(log) for command in commit.commands)
    assert times == {"first": 1, "a": 1, "b": 1, "c": 1}
    assert executed["c"].state == 102


def test_commands_with_other_metadata_go_into_another_commit(crowd: Crowd, log: MemoryCommitLog) -> None:
    waiting = [crowd.add("a", batch="x"), crowd.add("b", batch="x"), crowd.add("c", batch="y")]
    crowd.let_through()
    for one in waiting:
        one.result()
    assert [(commit.commands, commit.meta) for commit in stored(log)[1:]] == [
        (("a", "b"), {"batch": "x"}),
        (("c",), {"batch": "y"}),
    ]


def test_a_group_is_bounded(log: MemoryCommitLog, pool: ThreadPoolExecutor) -> None:
    crowd = Crowd(EventStore(log, group_commands=4), log, pool)
    waiting = [crowd.add(f"c{n}") for n in range(10)]
    crowd.let_through()
    for one in waiting:
        one.result()
    assert [len(commit.commands) for commit in stored(log)] == [1, 4, 4, 2]


def test_a_full_line_is_waited_for_and_then_an_error(log: MemoryCommitLog, pool: ThreadPoolExecutor) -> None:
    crowd = Crowd(EventStore(log, waiting=2), log, pool)
    waiting = [crowd.add("a"), crowd.add("b")]
    full = crowd.add("c", seconds=0.05)
    with pytest.raises(Overloaded, match="2 commands are waiting for account-1"):
        full.result()
    patient = pool.submit(crowd._store.execute, ACCOUNT, "1", deposit, command_id="d", since=NOW)
    crowd.let_through()
    for one in (*waiting, patient):
        one.result()
    assert sorted(command for commit in stored(log) for command in commit.commands) == ["a", "b", "d", "first"]


def test_who_waits_beyond_the_deadline_is_told_what_is_known(crowd: Crowd, log: MemoryCommitLog) -> None:
    impatient = crowd.add("impatient", seconds=0.05)
    with pytest.raises(Contended):
        impatient.result()
    crowd._waiting -= 1
    patient = crowd.add("patient")
    crowd.let_through()
    assert patient.result().state == 2
    assert [commit.commands for commit in stored(log)] == [("first",), ("patient",)]


def test_in_the_hands_of_another_thread_the_outcome_is_unknown(
    store: EventStore, log: MemoryCommitLog, pool: ThreadPoolExecutor
) -> None:
    crowd = Crowd(store, log, pool)
    second = crowd.add("second")
    third = crowd.add("third", seconds=3)
    gate = Gate(log)  # of the second put, which carries both
    crowd.let_through()
    assert gate.reached.wait(10)
    with pytest.raises(OutcomeUnknown) as unknown:
        third.result()
    gate.open.set()
    carrying = second.result().commit
    assert carrying is not None
    assert unknown.value.commit_id == carrying.commit_id
    again = store.execute(ACCOUNT, "1", deposit, command_id="third", since=NOW)
    assert (again.repeated, again.commit, again.state) == (True, carrying, 3)


def test_when_the_leader_runs_out_of_time_the_others_go_on(
    store: EventStore, log: MemoryCommitLog, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The leader's put has landed and its answer is out: those who have time left find themselves carried out."""
    crowd = Crowd(store, log, pool)
    leader, follower = crowd.add("leader"), crowd.add("follower")
    real, unanswered = log.put, iter([True])

    def put_unanswered(commit: Commit, until: Deadline) -> Commit:
        stored = real(commit, until)
        if "leader" in commit.commands and next(unanswered, False):
            raise OutcomeUnknown(commit.stream, [commit.commit_id])
        return stored

    monkeypatch.setattr(log, "put", put_unanswered)
    crowd.let_through()
    with pytest.raises(OutcomeUnknown):
        leader.result()
    executed = follower.result()
    assert executed.commit is not None
    assert (executed.commit.commands, executed.repeated) == (("leader", "follower"), False)
    assert len(stored(log)) == 2


def test_a_refusal_is_believed_only_after_a_read(store: EventStore, log: MemoryCommitLog) -> None:
    """What this process holds is old; the money is there."""

    def spend(balance: int) -> list[Withdrawn]:
        if balance < 50:
            raise RuntimeError(f"only {balance} left")
        return [Withdrawn(50)]

    store.execute(ACCOUNT, "1", deposit, command_id="a", since=NOW)
    put(log, foreign(2))
    assert store.execute(ACCOUNT, "1", spend, command_id="b", since=NOW).state == 51
    assert store.execute(ACCOUNT, "1", spend, command_id="c", since=NOW).state == 1
    with pytest.raises(RuntimeError, match="only 1 left"):
        store.execute(ACCOUNT, "1", spend, command_id="d", since=NOW)


def test_a_conflict_of_an_append_in_between_is_seen(store: EventStore, log: MemoryCommitLog) -> None:
    loaded = store.load(ACCOUNT, "1")
    store.execute(ACCOUNT, "1", deposit, command_id="a", since=NOW)
    with pytest.raises(VersionConflict):
        store.append(loaded, [Deposited(1)])

"""The store against a simple model, in every order that hypothesis thinks of.

Two warm processes and their restarts, stale loads, lost answers, repeated commands, another process in the middle of a
decision, groups, snapshots at any moment and in any state, a newer fold, rewinds.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from msgspec import structs

from tallygate.deadline import Deadline
from tallygate.events import (
    Aggregate,
    Commit,
    EventStore,
    Loaded,
    MemoryCommitLog,
    OutcomeUnknown,
    VersionConflict,
)
from tests.accounts import ACCOUNT, Deposited, Withdrawn, evolve

NOW = datetime.now(UTC)
LATER = NOW + timedelta(hours=1)  # commits are written then: `since` lies before all of them
STREAM = ACCOUNT.stream("1")
DOUBLE = replace(
    ACCOUNT, fold=2, evolve=lambda balance, event: evolve(balance, event) + (evolve(balance, event) - balance)
)
PROCESSES = st.integers(0, 1)
IDS = st.integers(0, 30).map(lambda n: f"command-{n}")
AMOUNTS = st.integers(1, 9)


class LossyLog(MemoryCommitLog):
    """Loses the answer of the next put where it is told to: after it was written, or before."""

    def __init__(self) -> None:
        super().__init__()
        self.lose: str | None = None

    def put(self, commit: Commit, until: Deadline) -> Commit:
        lose, self.lose = self.lose, None
        if lose == "before":
            raise OutcomeUnknown(commit.stream, [commit.commit_id])
        stored = super().put(commit, until)
        if lose == "after":
            raise OutcomeUnknown(commit.stream, [commit.commit_id])
        return stored


class StoreMachine(RuleBasedStateMachine):
    """What is true of the stream: the balance at each version, and the version that carries each command."""

    loaded = Bundle("loaded")

    def __init__(self) -> None:
        super().__init__()
        self.log = LossyLog()
        self.stores = [self._process(), self._process()]
        self.balances = [0]
        self.commands: dict[str, int] = {}

    def _process(self) -> EventStore:
        return EventStore(self.log, now=lambda: LATER)

    # ---- commands

    @rule(process=PROCESSES, id=IDS, amount=AMOUNTS)
    def execute(self, process: int, id: str, amount: int) -> None:
        self._check(id, amount, self._execute(process, id, lambda _: [Deposited(amount)]))

    @rule(process=PROCESSES, id=IDS, amount=AMOUNTS, when=st.sampled_from(["before", "after"]))
    def answer_lost(self, process: int, id: str, amount: int, when: str) -> None:
        """The caller doesn't know, and sends the command again, from the other process too."""
        known = id in self.commands
        self.log.lose = when
        try:
            self._execute(process, id, lambda _: [Deposited(amount)])
        except OutcomeUnknown:
            assert not known
            if when == "after":
                self._note(amount, id)
        finally:
            self.log.lose = None
        for again in (1 - process, process):
            self._check(id, amount, self._execute(again, id, lambda _: [Deposited(amount)]))

    @rule(process=PROCESSES, id=IDS, other=IDS, amount=AMOUNTS)
    def another_process_is_faster(self, process: int, id: str, other: str, amount: int) -> None:
        """While this one decides, the other carries out a command: perhaps the very same."""
        ran: list[bool] = []

        def decide(_balance: int) -> list[Deposited]:
            if not ran:
                ran.append(True)
                self._check(other, 1, self._execute(1 - process, other, lambda _: [Deposited(1)]))
            return [Deposited(amount)]

        self._check(id, amount, self._execute(process, id, decide))

    @rule(process=PROCESSES, id=IDS)
    def spend_all(self, process: int, id: str) -> None:
        """A decision that depends on the state, and may be for nothing."""
        seen: list[int] = []

        def decide(balance: int) -> list[Withdrawn]:
            seen.append(balance)
            return [Withdrawn(balance)] if balance else []

        repeated, balance = id in self.commands, self.balances[-1]
        executed = self.stores[process].execute(ACCOUNT, "1", decide, command_id=id, since=NOW)
        assert executed.repeated == repeated
        if repeated:
            return
        assert seen[-1] == balance
        assert (executed.commit is None) == (balance == 0)
        if executed.commit is not None:
            self._note(-balance, id)

    @rule(ids=st.lists(IDS, min_size=2, max_size=8))
    def many_at_once(self, ids: list[str]) -> None:
        """Both processes, several threads each, some with the same command: they form groups as it happens."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: self._execute(n % 2, ids[n], lambda _: [Deposited(1)]), range(len(ids))))
        for commit in list(self.log.read(STREAM, after=len(self.balances) - 1, until=Deadline.after(10))):
            assert not set(commit.commands) & self.commands.keys()
            assert set(commit.commands) <= set(ids)
            self._note(len(commit.events), *commit.commands)
        assert set(ids) <= self.commands.keys()

    # ---- appends

    @rule(target=loaded, process=PROCESSES)
    def load(self, process: int) -> Loaded[int]:
        found = self.stores[process].load(ACCOUNT, "1")
        assert (found.version, found.state) == (len(self.balances) - 1, self.balances[-1])
        return found

    @rule(process=PROCESSES, stale=loaded, amount=AMOUNTS)
    def append(self, process: int, stale: Loaded[int], amount: int) -> None:
        self._won(stale, lambda: self.stores[process].append(stale, [Deposited(amount)]), amount)

    @rule(process=PROCESSES, stale=loaded, back=st.integers(0, 99))
    def rewind(self, process: int, stale: Loaded[int], back: int) -> None:
        """How many versions `many_at_once` made is for the threads to say: no draw may depend on it."""
        if stale.version == 0:
            return
        to = max(0, stale.version - 1 - back)
        change = self.balances[to] - self.balances[-1]
        self._won(stale, lambda: self.stores[process].rewind(stale, to, reason="r"), change)

    # ---- what may happen to processes and snapshots

    @rule(process=PROCESSES)
    def restart(self, process: int) -> None:
        self.stores[process] = self._process()

    @rule(process=PROCESSES, aggregate=st.sampled_from([ACCOUNT, DOUBLE]))
    def snapshot(self, process: int, aggregate: Aggregate[int]) -> None:
        store = self.stores[process]
        store.load(aggregate, "1")
        held = store._cache.get(STREAM, aggregate)
        held.bytes_in_snapshot = -(10**9)  # as if the tail were long
        store._snapshotter.consider(store._folding(aggregate, STREAM, Deadline.after(10)), held)
        assert store.settle()

    @rule(state=st.sampled_from([None, b"", b"{", b'"x"', b"null"]))
    def damage_the_snapshot(self, state: bytes | None) -> None:
        standing = self.log._snapshots.pop(STREAM, None)
        if standing is not None and state is not None:
            self.log._snapshots[STREAM] = structs.replace(standing, state=state)

    # ---- what must hold

    @invariant()
    def everybody_sees_the_same(self) -> None:
        for store in (*self.stores, self._process()):
            found = store.load(ACCOUNT, "1")
            assert (found.version, found.state) == (len(self.balances) - 1, self.balances[-1])
        assert self._process().load(DOUBLE, "1").state == 2 * self.balances[-1]

    @invariant()
    def every_command_is_in_one_commit(self) -> None:
        commits = list(self.log.read(STREAM, after=0, until=Deadline.after(10)))
        assert [commit.version for commit in commits] == list(range(1, len(self.balances)))
        times = Counter(command for commit in commits for command in commit.commands)
        assert times == dict.fromkeys(self.commands, 1)

    def _execute(self, process: int, id: str, decide: Callable[[int], list[Deposited]]) -> tuple[int, bool]:
        executed = self.stores[process].execute(ACCOUNT, "1", decide, command_id=id, since=NOW)
        assert executed.commit is not None
        assert id in executed.commit.commands
        return executed.commit.version, executed.repeated

    def _check(self, id: str, amount: int, outcome: tuple[int, bool]) -> None:
        if id not in self.commands:
            self._note(amount, id)
            assert outcome == (self.commands[id], False)
        else:
            assert outcome == (self.commands[id], True)

    def _won(self, stale: Loaded[int], append: Callable[[], Loaded[int]], change: int) -> None:
        if stale.version < len(self.balances) - 1:
            with pytest.raises(VersionConflict):
                append()
            return
        after = append()
        self._note(change)
        assert (after.version, after.state) == (len(self.balances) - 1, self.balances[-1])

    def _note(self, change: int, *ids: str) -> None:
        self.balances.append(self.balances[-1] + change)
        self.commands.update(dict.fromkeys(ids, len(self.balances) - 1))


TestStore = StoreMachine.TestCase
TestStore.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)

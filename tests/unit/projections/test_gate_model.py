"""Whatever the transport does, and wherever a process dies: after a sweep, views and totals are the plain fold's."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tallygate.events import Commit, MemoryCommitLog, StreamId
from tallygate.projections.fold import Fold
from tallygate.projections.gate import Gate
from tallygate.projections.memory import MemoryRows
from tallygate.projections.row import Row
from tallygate.projections.rows import Put
from tests.accounts import ACCOUNT
from tests.unit.projections.ledger import commit, ledger, other_totals, rewind, totals, true_totals, truth

STREAMS = st.sampled_from([ACCOUNT.stream(name) for name in "ab"])
AMOUNTS = st.lists(st.integers(-5, 9).filter(bool), min_size=1, max_size=3)
CONSUMERS = st.integers(0, 1)
UNTIL = Deadline.after(3600)


class Died(Exception):
    """The process, in the midst of it."""


class MortalRows(MemoryRows):
    """The process dies before or after one of its writes, or the answer is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.calls_left: int | None = None
        self.fate = ""

    def put(self, row: Row, standing: Row | None, until: Deadline) -> Put:
        if self.calls_left is None:
            return super().put(row, standing, until)
        self.calls_left -= 1
        if self.calls_left >= 0:
            return super().put(row, standing, until)
        self.calls_left, fate = None, self.fate
        if fate == "answer lost":  # the adapter sends it again
            super().put(row, standing, until)
            return super().put(row, standing, until)
        if fate == "dies after":
            super().put(row, standing, until)
        raise Died


class Transport(RuleBasedStateMachine):
    """Commits are stored; the transport holds copies of them, and hands them over as it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.log, self.rows = MemoryCommitLog(), MortalRows()
        self.totals = [totals, totals]
        self.gates = [self._process(0), self._process(1)]
        self.stored: list[Commit] = []
        self.heads: dict[StreamId, int] = {}

    def _process(self, number: int) -> Gate:
        fold = Fold(ledger(self.totals[number]), self.log)
        fold.page = 3
        return Gate(fold, self.rows, self.log)

    @rule(stream=STREAMS, amounts=AMOUNTS)
    def store(self, stream: StreamId, amounts: list[int]) -> None:
        self._store(commit(stream, self.heads.get(stream, 0) + 1, *amounts))

    @rule(stream=STREAMS, back=st.integers(0, 9))
    def take_back(self, stream: StreamId, back: int) -> None:
        head = self.heads.get(stream, 0)
        if head:
            self._store(rewind(stream, head + 1, max(0, head - 1 - back)))

    @rule(consumer=CONSUMERS, picks=st.lists(st.integers(0, 99), min_size=1, max_size=6), pointers=st.booleans())
    def deliver(self, consumer: int, picks: list[int], *, pointers: bool) -> None:
        """Any of what was ever stored, in any order, again and again: a batch. What is never picked is lost."""
        if not self.stored:
            return
        batch: dict[StreamId, dict[int, Commit | None]] = {}
        for pick in picks:
            one = self.stored[pick % len(self.stored)]
            batch.setdefault(one.stream, {})[one.version] = None if pointers and pick % 3 == 0 else one
        with self._mortal(consumer):
            for stream, commits in batch.items():
                self.gates[consumer].offer(stream, commits, UNTIL)

    @rule(consumer=CONSUMERS, stream=STREAMS)
    def catch_up(self, consumer: int, stream: StreamId) -> None:
        with self._mortal(consumer):
            self.gates[consumer].catch_up(stream, UNTIL)

    @rule(consumer=CONSUMERS)
    def restart(self, consumer: int) -> None:
        self.gates[consumer] = self._process(consumer)

    @rule(consumer=CONSUMERS)
    def deploy_other_totals(self, consumer: int) -> None:
        self.totals[consumer] = other_totals if self.totals[consumer] is totals else totals
        self.gates[consumer] = self._process(consumer)

    @rule(calls=st.integers(0, 3), fate=st.sampled_from(["dies before", "dies after", "answer lost"]))
    def something_will_happen(self, calls: int, fate: str) -> None:
        self.rows.calls_left, self.rows.fate = calls, fate

    @invariant()
    def no_view_is_of_anything_but_its_version(self) -> None:
        for stream, head in self.heads.items():
            row = self.rows.get(stream, UNTIL)
            if row is None:
                continue
            assert row.parked is None
            assert row.version <= head
            part = MemoryCommitLog()
            for one in self.log.read(stream, after=0, until=UNTIL):
                if one.version <= row.version:
                    part.put(one, UNTIL)
            assert ledger().parse(row.view) == truth(part, stream)

    def teardown(self) -> None:
        """The sweep: every stream is caught up and renewed by the code of the first process."""
        self.rows.calls_left = None
        gate = self._process(0)
        for stream in self.log.streams():
            gate.catch_up(stream, UNTIL)
            row = self.rows.get(stream, UNTIL)
            assert row is not None
            gate.renew(row, UNTIL)
            row = self.rows.get(stream, UNTIL)
            assert row is not None
            assert row.version == self.heads[stream]
            assert ledger().parse(row.view) == truth(self.log, stream)
        sums: dict[str, int] = {}
        for bucket in range(self.rows.buckets):
            for contribution in self.rows.share(bucket, UNTIL).contributions:
                for name, amount in contribution.items():
                    sums[name] = sums.get(name, 0) + int(amount)
        assert sums == true_totals(self.log, self.totals[0])

    def _store(self, one: Commit) -> None:
        self.log.put(one, UNTIL)
        self.stored.append(one)
        self.heads[one.stream] = one.version

    @contextmanager
    def _mortal(self, consumer: int) -> Iterator[None]:
        with suppress(Unavailable):
            try:
                yield
            except Died:
                self.gates[consumer] = self._process(consumer)


TestTransport = Transport.TestCase
TestTransport.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)

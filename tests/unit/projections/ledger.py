"""A small projection over accounts, and its truth by a plain fold of the log."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from tallygate.deadline import Deadline
from tallygate.events import Commit, MemoryCommitLog, StoredEvent, StreamId
from tallygate.events.commit import REWOUND, new_commit_id
from tallygate.projections import Projection
from tests.accounts import ACCOUNT, Deposited, Withdrawn

AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Statement:
    """Order matters in it, so that a commit applied twice, early or not at all shows."""

    deposits: int = 0
    withdrawals: int = 0
    balance: int = 0
    lowest: int = 0
    trace: int = 0


def apply(statement: Statement, event: Deposited | Withdrawn) -> Statement:
    amount = event.amount if isinstance(event, Deposited) else -event.amount
    balance = statement.balance + amount
    return Statement(
        statement.deposits + (amount > 0),
        statement.withdrawals + (amount <= 0),
        balance,
        min(balance, statement.lowest),
        (statement.trace * 31 + amount) % 1_000_003,
    )


def totals(statement: Statement) -> dict[str, int]:
    return {"balance": statement.balance, "deposits": statement.deposits}


def other_totals(statement: Statement) -> dict[str, int]:
    return {"balance": statement.balance, "withdrawals": statement.withdrawals}


def ledger(
    totals: Callable[[Statement], Mapping[str, int]] = totals, apply: Callable[..., Statement] = apply
) -> Projection[Statement]:
    return Projection(name="ledger", of=ACCOUNT, initial=Statement(), apply=apply, totals=totals)


def commit(stream: StreamId, version: int, *amounts: int, epoch: int = 1, at: datetime = AT) -> Commit:
    """A commit of deposits, and withdrawals where the amount is negative."""
    events = tuple(
        StoredEvent("Deposited" if amount > 0 else "Withdrawn", 1, {"amount": abs(amount)}) for amount in amounts
    )
    return Commit(stream, version, new_commit_id(), events, (), at, epoch)


def rewind(stream: StreamId, version: int, to: int) -> Commit:
    return Commit(stream, version, new_commit_id(), (StoredEvent(REWOUND, 1, {"to": to, "reason": "r"}),), (), AT)


def truth(log: MemoryCommitLog, stream: StreamId) -> Statement:
    """The statement by a plain fold: the state after each version is kept, a rewind takes an earlier one."""
    after = [Statement()]
    for commit in log.read(stream, after=0, until=Deadline.after(10)):
        to = commit.rewinds_to
        if to is not None:
            after.append(after[to])
            continue
        statement = after[-1]
        for event in commit.events:
            cls = Deposited if event.type == "Deposited" else Withdrawn
            statement = apply(statement, cls(event.data["amount"]))
        after.append(statement)
    return after[-1]


def true_totals(log: MemoryCommitLog, totals: Callable[[Statement], Mapping[str, int]] = totals) -> Mapping[str, int]:
    sums: Counter[str] = Counter()
    for stream in log.streams():
        sums.update(totals(truth(log, stream)))
    return dict(sums)

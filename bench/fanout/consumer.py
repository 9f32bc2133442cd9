"""The projection `fleet-1` as its function has it, over rows in memory or in DynamoDB."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from domain.fleet import FLEET
from tallygate.deadline import Deadline
from tallygate.events.memory import MemoryCommitLog
from tallygate.projections.delivery import Delivered, Delivery, Record
from tallygate.projections.fold import Fold
from tallygate.projections.gate import Gate
from tallygate.projections.rows import Rows
from tallygate.projections.time_limit import MainThread

A = TypeVar("A")
R = TypeVar("R")

CONSUMER = FLEET.id
SECONDS = 60.0


class OneThread(MainThread):
    """All in this thread: to see what handing work over costs, and for the profiler, which sees no other."""

    def map(self, work: Callable[[A], R], arguments: Sequence[A], *, threads: int) -> "list[Future[R]]":
        """See `MainThread.map`."""
        return [_done(work, argument) for argument in arguments]


def delivery(rows: Rows, main: MainThread | None = None) -> Delivery:
    """A consumer that has just started: its cache is empty. The events table is empty too: nothing must be missing."""
    main = main or MainThread()
    log = MemoryCommitLog()
    return Delivery(Gate(Fold(FLEET, log, call=main.call), rows, log), FLEET.category, main, _no_overflow)


def deliver(to: Delivery, records: Sequence[Record]) -> Delivered:
    """Deliver a batch. Raises `RuntimeError` unless each record brought an event that was applied."""
    delivered = to.deliver(records, Deadline.after(SECONDS))
    applied = sum(one.events for one in delivered.offered)
    if applied != len(records) or delivered.retry_from is not None:
        raise RuntimeError(f"{applied} of {len(records)} events were applied: {delivered.trouble or 'parked, dropped'}")
    return delivered


def _done(work: Callable[[A], R], argument: A) -> "Future[R]":
    done: Future[R] = Future()
    done.set_result(work(argument))
    return done


def _no_overflow(key: str) -> bytes:
    raise LookupError(f"no flight overflows, {key} was asked for")

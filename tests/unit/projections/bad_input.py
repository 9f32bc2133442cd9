"""Bad input to projections and effects: each is in the table of docs/projections.md, and each is tried."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from tallygate.deadline import Deadline
from tallygate.errors import TallygateError
from tallygate.events import Commit, MemoryCommitLog, StoredEvent
from tallygate.projections import Effect, Projection
from tallygate.projections.consumer import declared
from tallygate.projections.delivery import Delivery, Record
from tallygate.projections.fold import Fold
from tallygate.projections.gate import Gate
from tallygate.projections.memory import MemoryRows
from tallygate.projections.notes import MemoryNotes
from tallygate.projections.operations import Operations
from tallygate.projections.outbox import MemoryOutbox
from tallygate.projections.row import Parked, Row
from tallygate.projections.step import Step
from tallygate.projections.telling import Telling
from tallygate.projections.time_limit import MainThread
from tallygate.projections.views import OpenView, Views
from tallygate.settings import ConsumerSettings, from_environment
from tests.accounts import ACCOUNT
from tests.unit.events.test_forgetting import GUESTS
from tests.unit.projections.ledger import AT, commit

STREAM = ACCOUNT.stream("1")
PARKED, LOGGED = "parked", "logged"  # what is said where nobody waits for an answer
ENVIRONMENT = {
    "CONSUMER": "fleet-1",
    "VIEWS_TABLE": "v",
    "EVENTS_TABLE": "e",
    "EVENTS_EPOCH": "1",
    "OVERFLOW_BUCKET": "b",
}


@dataclass(frozen=True)
class Closed:
    amount: int


@dataclass(frozen=True)
class Bad:
    """One input that is not taken.

    Parameters
    ----------
    what : str
        As the table in the document calls it.
    call : callable
        Raises, or returns what is kept: the parked row's error, or the text of the log.
    kind : str
        The error's name, `parked` or `logged`.
    """

    what: str
    call: Callable[[], object]
    kind: str

    def told(self) -> tuple[str, str]:
        """What it comes to: kind and message."""
        try:
            kept = self.call()
        except TallygateError as exc:
            return type(exc).__name__, str(exc)
        return (PARKED, kept.error) if isinstance(kept, Parked) else (LOGGED, str(kept))


def until() -> Deadline:
    return Deadline.after(30)


def define(**changes: Any) -> Callable[[], Projection[Any]]:
    given: dict[str, Any] = {"name": "x", "of": ACCOUNT, "initial": 0, "apply": lambda view, event: view + event.amount}
    return lambda: Projection(**given | changes)


def tell(**changes: Any) -> Callable[[], Effect]:
    given: dict[str, Any] = {"name": "x", "of": ACCOUNT, "since": AT, "message": lambda event: {"amount": event.amount}}
    return lambda: Effect(**given | changes)


def fed(make: Callable[[MemoryCommitLog], Step], *commits: Commit, **more: Any) -> Row | None:
    """The row after these commits were delivered."""
    log, rows = MemoryCommitLog(), MemoryRows("x-1")
    for one in commits or (commit(STREAM, 1, 5),):
        log.put(one, until())
    if "row" in more:
        rows.put(more["row"], None, until())
    Gate(make(log), rows, log).catch_up(STREAM, until())
    return rows.get(STREAM, until())


def parks(make: Callable[[], Projection[Any] | Effect], *commits: Commit, **more: Any) -> Callable[[], object]:
    def call() -> object:
        of = make()
        row = fed(
            lambda log: Telling(of, MemoryOutbox()) if isinstance(of, Effect) else Fold(of, log), *commits, **more
        )
        assert row is not None
        return row.parked

    return call


def applies(apply: Callable[[Any, Any], Any], **changes: Any) -> Callable[[], object]:
    return parks(define(apply=apply, **changes))


def adds(*totals: Any) -> Callable[[], object]:
    return parks(define(totals=lambda view: totals[0]))


def in_place(view: dict[str, int], event: Any) -> dict[str, int]:
    view["n"] = event.amount
    return view


def failing(view: int, event: Any) -> int:
    raise KeyError("carrier")


def delivered(record: Record) -> str:
    log, main = MemoryCommitLog(), MainThread()
    gate = Gate(Fold(define()(), log, call=main.call), MemoryRows("x-1"), log)
    delivery = Delivery(gate, "account", main, lambda key: b"")
    return delivery.deliver([record], until()).corrupt[0]


def opened(**more: Any) -> OpenView[Any]:
    return Views([define(name="fleet")(), define(name="routes")()], MemoryRows, MemoryNotes()).open(**more)


CHANCE = count()
NOISE = random.Random(1).randbytes(600_000).hex()
UNKNOWN = Commit(STREAM, 1, "c", (StoredEvent("Closed", 1, {}),), (), AT)
MISFIT = Commit(STREAM, 1, "c", (StoredEvent("Deposited", 1, {"amount": "5"}),), (), AT)
LATER = Row(STREAM, 1, 2, AT, b"5")

BAD = (
    Bad("a name in capitals", define(name="Fleet"), "InvalidProjection"),
    Bad("a version below 1", define(version=0), "InvalidProjection"),
    Bad("an `of` that is no aggregate", define(of="account"), "InvalidProjection"),
    Bad("an event of another aggregate", define(events=(Closed,)), "InvalidProjection"),
    Bad("no events", define(events=()), "InvalidProjection"),
    Bad("an `apply` that is no function", define(apply=None), "InvalidProjection"),
    Bad("an initial view that can't be stored", define(initial=object()), "InvalidProjection"),
    Bad("a `since` without an offset", tell(since=datetime(2026, 1, 1)), "InvalidProjection"),  # noqa: DTZ001
    Bad("an `apply` that changes the view in place", applies(in_place, initial={}), PARKED),
    Bad("an `apply` that depends on chance", applies(lambda view, event: next(CHANCE)), PARKED),
    Bad("an `apply` that returns another type", applies(lambda view, event: "5"), PARKED),
    Bad("an `apply` that returns nothing", applies(lambda view, event: None), PARKED),
    Bad("an `apply` that raises", applies(failing), PARKED),
    Bad("an `apply` that hangs", applies(lambda view, event: time.sleep(60), apply_seconds=0.05), PARKED),
    Bad("a view over 400 KB", applies(lambda view, event: NOISE, initial=""), PARKED),
    Bad("a total that is a float", adds({"hours": 0.5}), PARKED),
    Bad("a total that is a boolean", adds({"late": True}), PARKED),
    Bad("a total that is NaN", adds({"hours": Decimal("NaN")}), PARKED),
    Bad("a total of over 38 digits", adds({"miles": 10**38 + 1}), PARKED),
    Bad("a total without a name", adds({"": 1}), PARKED),
    Bad("totals that are no mapping", adds(5), PARKED),
    Bad("an event that the aggregate doesn't know", parks(define(), UNKNOWN), PARKED),
    Bad(
        "a stored view of another shape",
        parks(define(initial=""), commit(STREAM, 1, 5), commit(STREAM, 2, 5), row=Row(STREAM, 1, 1, AT, b"5")),
        PARKED,
    ),
    Bad("a message that is no JSON", parks(tell(message=lambda event: {"event": object()})), PARKED),
    Bad("a message over 250 KB", parks(tell(message=lambda event: {"text": "x" * 256_000})), PARKED),
    Bad("a record that is none of the relay's", lambda: delivered(Record("1", "account-1", b"{}")), LOGGED),
    Bad("a commit of a later epoch", parks(define(), commit(STREAM, 1, 5, epoch=2)), "WrongEpoch"),
    Bad("a row of a later epoch", parks(define(), row=LATER), "WrongEpoch"),
    Bad("a projection that is not declared", lambda: opened(name="fleets"), "UnknownConsumer"),
    Bad("a version that is not declared", lambda: opened(name="fleet", version=3), "UnknownConsumer"),
    Bad("a version below 0, to wait for", lambda: opened(name="fleet").wait("1", -1), "InvalidVersion"),
    Bad(
        "a swap to a version that was never filled",
        lambda: Operations(MemoryRows, MemoryNotes(), lambda _: None).swap("x", 2, until()),
        "NotReadyToSwap",
    ),
    Bad("two consumers of one id", lambda: declared("x-1", [define()(), define()()]), "UnknownConsumer"),
    Bad(
        "a deployed consumer of personal fields",
        lambda: declared("guests-1", [Projection(name="guests", of=GUESTS, initial=0, apply=lambda view, _: view)]),
        "InvalidProjection",
    ),
    Bad(
        "an environment variable that is missing",
        lambda: from_environment(ConsumerSettings, ENVIRONMENT | {"VIEWS_TABLE": ""}),
        "MissingSetting",
    ),
)

"""Bad input to the event store: each is in the table of docs/event-store.md, and each is tried."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tallygate.errors import InvalidInput
from tallygate.events import (
    Aggregate,
    CommitTooLarge,
    EventStore,
    InvalidEvent,
    InvalidStreamId,
    InvalidVersion,
    Upcaster,
    stream_id,
)
from tests.accounts import ACCOUNT, Deposited, deposit
from tests.unit.events.others import NOW


@dataclass(frozen=True)
class Renamed:
    amount: int


@dataclass
class Changeable:
    amount: int


@dataclass(frozen=True)
class Bad:
    """One input that is refused.

    Parameters
    ----------
    what : str
        As the table in the document calls it.
    call : callable
    error : type
    says : str
        A regular expression for the message.
    """

    what: str
    call: Callable[[EventStore], object]
    error: type[Exception]
    says: str


def append(*events: object, **arguments: Any) -> Callable[[EventStore], object]:
    return lambda store: store.append(store.load(ACCOUNT, "1"), events, **arguments)


def execute(**arguments: Any) -> Callable[[EventStore], object]:
    given: dict[str, Any] = {"command_id": "a", "since": NOW} | arguments
    return lambda store: store.execute(ACCOUNT, "1", deposit, **given)


def define(**arguments: Any) -> Callable[[EventStore], object]:
    given: dict[str, Any] = {"category": "x", "initial": 0, "evolve": lambda s, _: s, "events": (Renamed,)} | arguments
    return lambda _: Aggregate(**given)


BAD = (
    Bad("an id that is empty", lambda s: s.load(ACCOUNT, ""), InvalidStreamId, "not empty"),
    Bad("an id with a space", lambda s: s.load(ACCOUNT, "a b"), InvalidStreamId, "without spaces"),
    Bad("an id beyond ASCII", lambda s: s.load(ACCOUNT, "é"), InvalidStreamId, "visible ASCII"),
    Bad("a stream id over 256 bytes", lambda s: s.load(ACCOUNT, "x" * 249), InvalidStreamId, "257 bytes, 256 at most"),
    Bad("a category in capitals", lambda _: stream_id("Account", "1"), InvalidStreamId, "lower-case letter"),
    Bad("a category with a hyphen", lambda _: stream_id("a-b", "1"), InvalidStreamId, "category 'a-b'"),
    Bad("an append of nothing", append(), InvalidInput, "no events to append"),
    Bad("an event of another aggregate", append(Renamed(1)), InvalidEvent, "Renamed is no event of account"),
    Bad("something that is no event", append("text"), InvalidEvent, "str is no event of account"),
    Bad(
        "an event instead of a list of events",
        lambda s: s.append(s.load(ACCOUNT, "1"), Deposited(1)),  # type: ignore[arg-type]
        InvalidInput,
        r"are Deposited: pass a list of events, \[event\]",
    ),
    Bad("a field of another type", append(Deposited("1")), InvalidEvent, r"Expected `int`, got `str`"),  # type: ignore[arg-type]
    Bad("NaN", append(Deposited(float("nan"))), InvalidEvent, "Expected `int`, got `null`"),  # type: ignore[arg-type]
    Bad(
        "a commit over 32 MB",
        append(*[Deposited(10**1000)] * 33_000),
        CommitTooLarge,
        "33554432 are possible: append its 33000 events in several commits",
    ),
    Bad(
        "metadata that is no text", append(Deposited(1), meta={"try": 2}), InvalidInput, r"meta\['try'\]=2 must be text"
    ),
    Bad("metadata over 16 KB", append(Deposited(1), meta={"a": "x" * 16_384}), InvalidInput, "meta has 16385 bytes"),
    Bad("a deadline of no time", append(Deposited(1), deadline_seconds=0), InvalidInput, "deadline_seconds=0 must"),
    Bad("an empty command_id", execute(command_id=""), InvalidInput, "the command_id is ''"),
    Bad("a command_id over 1 KB", execute(command_id="x" * 1025), InvalidInput, "longer than 1024 bytes: hash it"),
    Bad("a since without an offset", execute(since=datetime(2026, 1, 1)), InvalidInput, "has no offset"),  # noqa: DTZ001
    Bad("a since that is text", execute(since="2026-01-01"), InvalidInput, "since='2026-01-01' has no offset"),
    Bad(
        "a rewind to a version that is not an earlier one",
        lambda s: s.rewind(s.load(ACCOUNT, "1"), 5, reason="r"),
        InvalidVersion,
        "account-1 is at version 0: rewind to an earlier one, not to 5",
    ),
    Bad("the state at a version below 0", lambda s: s.state_at(ACCOUNT, "1", -1), InvalidVersion, "-1 is no version"),
    Bad(
        "one stream twice in append_together",
        lambda s: s.append_together([(s.load(ACCOUNT, "1"), [Deposited(1)])] * 2),
        InvalidInput,
        "each stream once",
    ),
    Bad("an event class that is not frozen", define(events=(Changeable,)), InvalidInput, "must be a frozen dataclass"),
    Bad("an event that is no dataclass", define(events=(int,)), InvalidInput, "int of x must be a frozen dataclass"),
    Bad("the same event twice in an aggregate", define(events=(Renamed, Renamed)), InvalidInput, "stored as Renamed/1"),
    Bad("a fold that is no number from 1", define(fold=0), InvalidInput, "x: fold=0 must be a whole number above 0"),
    Bad(
        "upcasters that lead nowhere",
        define(upcasters=(Upcaster(type="Old", schema=1, upcast=dict),)),
        InvalidInput,
        "the upcasters from Old/1 end at Old/2, which no class has",
    ),
    Bad("an epoch below 1", lambda s: EventStore(s._log, epoch=0), InvalidInput, "epoch=0 must be a whole number"),
)

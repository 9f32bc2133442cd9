"""Events that change their shape, and events that this code doesn't know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from tallygate.errors import InvalidInput
from tallygate.events import (
    Aggregate,
    Commit,
    EventStore,
    InvalidEvent,
    MemoryCommitLog,
    StoredEvent,
    UnknownEventType,
    Upcaster,
)
from tests.accounts import ACCOUNT
from tests.unit.events.others import NOW, STREAM, put


@dataclass(frozen=True)
class Paid:
    """Was `Deposited` with `amount` in whole euros, then with `cents`, then renamed."""

    SCHEMA: ClassVar[int] = 1
    cents: int
    currency: str


def in_cents(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"cents": data["amount"] * 100}


def with_currency(data: Mapping[str, Any]) -> dict[str, Any]:
    return {**data, "currency": "EUR"}


UPCASTERS = (
    Upcaster(type="Deposited", schema=1, upcast=in_cents),
    Upcaster(type="Deposited", schema=2, upcast=with_currency, becomes="Paid"),
)
NOTHING: tuple[Any, ...] = ()
PAYMENTS = Aggregate(
    category="account",
    initial=NOTHING,
    evolve=lambda paid, event: (*paid, event),
    events=(Paid,),
    upcasters=UPCASTERS,
    state=tuple[Paid, ...],
)


def written(type: str, schema: int, **data: Any) -> StoredEvent:
    return StoredEvent(type, schema, data)


def commit(version: int, *events: StoredEvent) -> Commit:
    return Commit(STREAM, version, f"c{version}", events, (), NOW)


def test_older_shapes_are_read_in_todays(store: EventStore, log: MemoryCommitLog) -> None:
    put(log, commit(1, written("Deposited", 1, amount=3), written("Deposited", 2, cents=5)))
    loaded = store.append(store.load(PAYMENTS, "1"), [Paid(7, "CHF")])
    assert loaded.state == (Paid(300, "EUR"), Paid(5, "EUR"), Paid(7, "CHF"))
    assert EventStore(log).load(PAYMENTS, "1") == loaded


def test_what_is_stored_is_not_changed_by_reading_it(store: EventStore, log: MemoryCommitLog) -> None:
    event = written("Deposited", 1, amount=3)
    put(log, commit(1, event))
    store.load(PAYMENTS, "1")
    assert event == written("Deposited", 1, amount=3)


@pytest.mark.parametrize(
    ("upcasters", "says"),
    [
        (UPCASTERS[:1], "the upcasters from Deposited/1 end at Deposited/2, which no class has"),
        ((*UPCASTERS, UPCASTERS[0]), None),
        ((*UPCASTERS, Upcaster(type="Deposited", schema=1, upcast=dict)), "two upcasters for Deposited/1"),
        ((Upcaster(type="Paid", schema=1, upcast=dict),), "upcaster for Paid/1, which a class of today has"),
        (
            (
                Upcaster(type="A", schema=1, upcast=dict, becomes="B"),
                Upcaster(type="B", schema=1, upcast=dict, becomes="A"),
            ),
            "go in a circle",
        ),
    ],
)
def test_chains_are_checked_when_they_are_made(upcasters: tuple[Upcaster, ...], says: str | None) -> None:
    def make() -> None:
        Aggregate(category="account", initial=0, evolve=lambda s, _: s, events=(Paid,), upcasters=upcasters)

    if says is None:
        make()
        return
    with pytest.raises(InvalidInput, match=says):
        make()


def test_an_event_that_this_code_does_not_know_is_an_error(store: EventStore, log: MemoryCommitLog) -> None:
    put(log, commit(1, written("Deposited", 2, cents=1)))
    with pytest.raises(UnknownEventType, match=r"knows Deposited/1, Withdrawn/1, the stream has Deposited/2"):
        store.load(ACCOUNT, "1")


def test_where_asked_it_is_kept_as_it_is(store: EventStore, log: MemoryCommitLog) -> None:
    curious = Aggregate(
        category="account", initial=NOTHING, evolve=lambda seen, e: (*seen, e), events=(Paid,), keep_unknown=True
    )
    event = written("Audited", 4, by="x")
    put(log, commit(1, event, written("Paid", 1, cents=1, currency="EUR")))
    assert store.load(curious, "1").state == (event, Paid(1, "EUR"))


@pytest.mark.parametrize("data", [{"amount": "1"}, {}, {"amount": None}, {"amount": 1.5}])
def test_an_event_that_does_not_fit_its_class_is_an_error(
    store: EventStore, log: MemoryCommitLog, data: dict[str, Any]
) -> None:
    put(log, commit(1, written("Deposited", 1, **data)))
    with pytest.raises(UnknownEventType, match=r"Deposited/1 of account doesn't fit its class: .*amount"):
        store.load(ACCOUNT, "1")


@dataclass(frozen=True)
class Leg:
    origin: str
    hours: Decimal


@dataclass(frozen=True)
class Booked:
    """What fields may be: everything that has one form in JSON."""

    at: datetime
    legs: tuple[Leg, ...]
    seats: frozenset[str]
    price: float
    notes: dict[int, str | None]


BOOKINGS = Aggregate(category="booking", initial=NOTHING, evolve=lambda s, e: (*s, e), events=(Booked,))
BOOKED = Booked(
    at=datetime(2026, 11, 21, 12, tzinfo=UTC),
    legs=(Leg("EWR", Decimal("1.10")), Leg("IAH", Decimal(2))),
    seats=frozenset({"1A", "2B"}),
    price=0.1,
    notes={1: None, 2: "é"},
)


def test_typed_fields_are_read_back_as_they_were(store: EventStore, log: MemoryCommitLog) -> None:
    store.append(store.load(BOOKINGS, "1"), [BOOKED])
    assert EventStore(log).load(BOOKINGS, "1").state == (BOOKED,)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("at", "2026-11-21T12:00:00Z", "would be read back as"),
        ("price", float("nan"), "Expected `float`, got `null`"),
        ("price", "1", r"Expected `float`, got `str` - at `\$.price`"),
        ("legs", [Leg("EWR", Decimal(1))], "would be read back as"),
        ("legs", (("EWR", 1),), r"Expected `object`, got `array` - at `\$.legs\[0\]`"),
        ("notes", object(), "Encoding objects of type object is unsupported"),
    ],
)
def test_a_value_that_would_not_be_read_back_equal_is_refused(
    store: EventStore, log: MemoryCommitLog, field: str, value: object, says: str
) -> None:
    fields = {name: getattr(BOOKED, name) for name in Booked.__dataclass_fields__}
    with pytest.raises(InvalidEvent, match=says):
        store.append(store.load(BOOKINGS, "1"), [Booked(**(fields | {field: value}))])
    assert log.streams() == []

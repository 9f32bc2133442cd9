"""Personal data in the store: sealed wherever they are kept, and gone everywhere once a subject is forgotten."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

import pytest

from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.events import Aggregate, EventStore, MemoryCommitLog
from tallygate.events.forgetting import MemoryKeyVault, SubjectForgotten, UnknownSubject, personal
from tallygate.events.items import commit_item, snapshot_item
from tests.unit.events.others import NOW


@dataclass(frozen=True)
class Registered:
    customer: str
    name: Annotated[str, personal(subject="customer", forgotten="[forgotten]")]
    city: str


@dataclass(frozen=True)
class Guests:
    names: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()


def evolve(guests: Guests, event: Registered) -> Guests:
    return Guests((*guests.names, event.name), (*guests.cities, event.city))


GUESTS = Aggregate(category="guests", initial=Guests(), evolve=evolve, events=(Registered,))
ADA, BOB = Registered("c1", "Ada Lovelace", "London"), Registered("c2", "Bob Boyle", "Zürich")
UNTIL = Deadline.after(3600)


@pytest.fixture
def vault() -> MemoryKeyVault:
    return MemoryKeyVault()


@pytest.fixture
def store(log: MemoryCommitLog, vault: MemoryKeyVault) -> EventStore:
    return EventStore(log, vault=vault)


def everything_kept(log: MemoryCommitLog) -> str:
    commits = [commit_item(commit).item for commit in log._commits.values()]
    return str(commits + [snapshot_item(snapshot).item for snapshot in log._snapshots.values()])


def register(store: EventStore, *guests: Registered, id: str = "1") -> None:
    for n, guest in enumerate(guests):
        store.execute(GUESTS, id, lambda _, guest=guest: [guest], command_id=f"{guest.customer}/{n}", since=NOW)  # type: ignore[misc]


def test_personal_fields_are_read_as_they_were_and_kept_unreadable(
    store: EventStore, log: MemoryCommitLog, vault: MemoryKeyVault
) -> None:
    register(store, ADA, BOB)
    for process in (store, EventStore(log, vault=vault)):
        assert process.load(GUESTS, "1").state.names == ("Ada Lovelace", "Bob Boyle")
    assert "Ada Lovelace" not in everything_kept(log)
    assert "London" in everything_kept(log)


def test_forgotten_is_forgotten_by_warm_and_cold_processes_and_folds_still_work(
    store: EventStore, log: MemoryCommitLog, vault: MemoryKeyVault
) -> None:
    register(store, ADA, BOB)
    cold = EventStore(log, vault=vault)
    cold.load(GUESTS, "1")
    store.forget("c1")
    for process in (store, cold, EventStore(log, vault=vault)):
        state = process.load(GUESTS, "1").state
        assert state == Guests(("[forgotten]", "Bob Boyle"), ("London", "Zürich"))
    seen: list[Guests] = []

    def decide(guests: Guests) -> list[Registered]:
        seen.append(guests)
        return [replace(BOB, city="Bern")]

    store.execute(GUESTS, "1", decide, command_id="next", since=NOW)
    assert seen[-1].names == ("[forgotten]", "Bob Boyle")
    assert store.load(GUESTS, "1").state.names == ("[forgotten]", "Bob Boyle", "Bob Boyle")


def test_a_warm_process_decides_without_what_was_forgotten_a_moment_ago(store: EventStore) -> None:
    register(store, ADA)
    store.forget("c1")
    seen: list[Guests] = []

    def decide(guests: Guests) -> list[Registered]:
        seen.append(guests)
        return [BOB]

    store.execute(GUESTS, "1", decide, command_id="next", since=NOW)
    assert seen == [Guests(("[forgotten]",), ("London",))]


def test_snapshots_are_sealed_for_all_in_them_and_of_no_use_once_one_is_forgotten(
    store: EventStore, log: MemoryCommitLog, vault: MemoryKeyVault
) -> None:
    register(store, *[ADA, BOB] * 60)
    assert store.settle()
    (snapshot,) = log._snapshots.values()
    assert snapshot.subjects == ("c1", "c2")
    assert "Ada Lovelace" not in everything_kept(log)
    assert "Bob Boyle" not in everything_kept(log)
    log._commits = {key: commit for key, commit in log._commits.items() if commit.version > snapshot.version}
    assert EventStore(log, vault=vault).load(GUESTS, "1").state.names == ("Ada Lovelace", "Bob Boyle") * 60


def test_after_forgetting_the_stream_is_folded_anew_and_a_snapshot_without_the_forgotten_is_kept(
    store: EventStore, log: MemoryCommitLog, vault: MemoryKeyVault
) -> None:
    register(store, *[ADA, BOB] * 60)
    assert store.settle()
    store.forget("c1")
    cold = EventStore(log, vault=vault)
    assert cold.load(GUESTS, "1").state.names == ("[forgotten]", "Bob Boyle") * 60
    cold.append(cold.load(GUESTS, "1"), [BOB])
    cold.load(GUESTS, "1")
    assert cold.settle()
    (snapshot,) = log._snapshots.values()
    assert snapshot.subjects == ("c2",)
    assert EventStore(log, vault=vault).load(GUESTS, "1").state.names[:2] == ("[forgotten]", "Bob Boyle")


def test_nothing_personal_is_written_of_a_subject_that_was_forgotten(store: EventStore, log: MemoryCommitLog) -> None:
    register(store, ADA)
    store.forget("c1")
    with pytest.raises(SubjectForgotten):
        register(store, replace(ADA, city="Paris"), id="2")
    assert log.streams() == ["guests-1"]


def test_an_id_that_was_never_seen_is_a_slip(store: EventStore) -> None:
    with pytest.raises(UnknownSubject):
        store.forget("c9")


@pytest.mark.parametrize(
    "call",
    [lambda store: store.load(GUESTS, "1"), lambda store: store.forget("c1")],
)
def test_without_a_vault_it_says_so(log: MemoryCommitLog, call: Any) -> None:
    with pytest.raises(InvalidInput, match=r"give the event store (a vault|one)"):
        call(EventStore(log))

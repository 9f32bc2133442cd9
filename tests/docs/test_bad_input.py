"""The tables of bad input in docs/event-store.md and docs/projections.md are what the code says."""

import pytest

from tallygate.events import EventStore, MemoryCommitLog
from tests.docs.tables import bad_input, fits
from tests.unit.events.bad_input import BAD, Bad
from tests.unit.projections import bad_input as projections

EVENTS = bad_input("docs/event-store.md")
PROJECTIONS = bad_input("docs/projections.md")


def test_they_list_what_is_tried_and_nothing_else() -> None:
    assert set(EVENTS) == {bad.what for bad in BAD}
    assert len(EVENTS) >= 15
    assert set(PROJECTIONS) == {bad.what for bad in projections.BAD}
    assert len(PROJECTIONS) >= 20


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.what)
def test_the_event_stores_message_is_as_it_stands_there(bad: Bad) -> None:
    error, says = EVENTS[bad.what]
    assert error == bad.error.__name__
    with pytest.raises(bad.error) as raised:
        bad.call(EventStore(MemoryCommitLog()))
    assert fits(says, str(raised.value)), str(raised.value)


@pytest.mark.parametrize("bad", projections.BAD, ids=lambda bad: bad.what)
def test_the_projections_message_is_as_it_stands_there(bad: projections.Bad) -> None:
    error, says = PROJECTIONS[bad.what]
    kind, message = bad.told()
    assert kind == error
    assert fits(says, message), message

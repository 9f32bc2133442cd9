"""Bad input gets a clear error, before anything is sent."""

import pytest

from tallygate.events import EventStore, MemoryCommitLog
from tests.unit.events.bad_input import BAD, Bad


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.what)
def test_it_is_refused_with_its_cure_and_nothing_is_stored(store: EventStore, log: MemoryCommitLog, bad: Bad) -> None:
    with pytest.raises(bad.error, match=bad.says):
        bad.call(store)
    assert log.streams() == []

"""The table of bad input in docs/event-store.md is what the code says."""

import re

import pytest

from tallygate.events import EventStore, MemoryCommitLog
from tests.docs.test_documents import ROOT
from tests.unit.events.bad_input import BAD, Bad

ROW = re.compile(r"^\| ([^|]+) \| `(\w+)` \| (.+) \|$", re.MULTILINE)
ROWS = {what: (error, says) for what, error, says in ROW.findall((ROOT / "docs/event-store.md").read_text())}


def test_it_lists_what_is_tried_and_nothing_else() -> None:
    assert set(ROWS) == {bad.what for bad in BAD}
    assert len(ROWS) >= 15


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.what)
def test_the_message_is_as_it_stands_there(bad: Bad) -> None:
    error, says = ROWS[bad.what]
    assert error == bad.error.__name__
    with pytest.raises(bad.error) as raised:
        bad.call(EventStore(MemoryCommitLog()))
    pattern = "".join(".+" if part == "…" else re.escape(part) for part in re.split("(…)", says))
    assert re.match(pattern, str(raised.value)), str(raised.value)

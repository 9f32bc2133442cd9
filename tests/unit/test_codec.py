"""Items that are no commits, or of another code's."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tallygate.events import Commit, CorruptStream, StoredEvent, stream_id
from tallygate.events.codec import from_item, to_item

COMMIT = Commit(stream_id("a", "1"), 1, "c", (StoredEvent("E", 1, {}),), (), datetime.now(UTC).replace(microsecond=0))


def test_the_storage_format() -> None:
    """These names and shapes are stored: a change here is a change of format."""
    commit = Commit(
        stream_id("aircraft", "N1"),
        2,
        "id",
        (StoredEvent("FlightFlown", 1, {"distance": 5}), StoredEvent("FlightFlown", 1, {"distance": 6})),
        ("b/1",),
        datetime(2026, 11, 21, 12, 0, 0, 5000, tzinfo=UTC),
        meta={"batch": "b"},
    )
    assert to_item(commit) == {
        "pk": {"S": "aircraft-N1"},
        "sk": {"N": "2"},
        "commit_id": {"S": "id"},
        "commands": {"L": [{"S": "b/1"}]},
        "count": {"N": "2"},
        "types": {"L": [{"S": "FlightFlown"}]},
        "at": {"S": "2026-11-21T12:00:00.005Z"},
        "epoch": {"N": "1"},
        "codec": {"S": "json"},
        "events": {
            "S": '[{"type":"FlightFlown","schema":1,"data":{"distance":5}},'
            '{"type":"FlightFlown","schema":1,"data":{"distance":6}}]'
        },
        "meta": {"M": {"batch": {"S": "b"}}},
    }
    assert from_item(to_item(commit)) == commit


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"events": {"S": "not json"}}, "is no commit"),
        ({"events": {"S": '[{"kind": "E"}]'}}, "is no commit"),
        ({"at": {"S": "yesterday"}}, "is no commit"),
        ({"at": {"S": "2026-11-21T12:00:00"}}, "has no offset"),
        ({"codec": {"S": "json+zlib"}}, "codec 'json\\+zlib', this code reads 'json'"),
        ({"commit_id": {"N": "1"}}, "is no commit"),
    ],
)
def test_an_item_that_is_no_commit_says_where(change: dict[str, Any], says: str) -> None:
    with pytest.raises(CorruptStream, match=says) as error:
        from_item(to_item(COMMIT) | change)
    assert "a-1 version 1" in str(error.value)

"""From a record of the table's stream to a bell: what is no commit, what becomes a pointer, what can't be read."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tallygate.events.command_index import CommandIndex
from tallygate.events.items import snapshot_item
from tallygate.events.snapshot import Snapshot
from tallygate.relay.bell import Bell
from tallygate.relay.errors import CorruptRecord
from tallygate.relay.stream_record import bell_of, sequence_number
from tests.unit.relay.stream_records import AT, RELAYED, change, commit, inserted, item_of

STREAM = commit().stream
SNAPSHOT = snapshot_item(Snapshot(STREAM, 1, 1, 1, AT, b"{}", CommandIndex().newest(100))).item


@pytest.mark.parametrize("text", ["short", "x" * 5000])
def test_a_commit_comes_with_its_item(text: str) -> None:
    assert bell_of(inserted(commit(3, text=text)), RELAYED) == Bell(STREAM, 3, item_of(commit(3, text=text)), RELAYED)


@pytest.mark.parametrize(
    "record",
    [
        change(SNAPSHOT),
        change({name: value for name, value in item_of(commit()).items() if name != "commit_id"}),
        change(item_of(commit()), name="MODIFY"),
        change(item_of(commit()), name="REMOVE"),
    ],
    ids=["snapshot", "no commit id", "modified", "removed"],
)
def test_what_is_no_commit_is_none(record: dict[str, Any]) -> None:
    assert bell_of(record, RELAYED) is None


@pytest.mark.parametrize(
    "image",
    [
        None,
        "no image",
        item_of(commit()) | {"events": {"B": "not base64!"}},
        item_of(commit()) | {"events": "text"},
        item_of(commit()) | {"commit_id": {"N": "1"}},
        item_of(commit()) | {"pk": {"S": "aircraft-N2"}},
    ],
)
def test_an_image_that_cannot_be_sent_becomes_a_pointer(image: Any) -> None:
    record = inserted(commit())
    record["dynamodb"]["NewImage"] = image
    assert bell_of(record, RELAYED) == Bell(STREAM, 1, None, RELAYED)


@pytest.mark.parametrize("attribute", [{"S": "nobody"}, {"N": "1"}, {}, "aircraft-N1", None])
def test_a_record_without_a_stream_is_unreadable(attribute: Any) -> None:
    record = inserted(commit())
    record["dynamodb"]["Keys"]["pk"] = attribute
    with pytest.raises(CorruptRecord, match=r"record 0+1 of the table's stream has no key of a commit"):
        bell_of(record, RELAYED)


@pytest.mark.parametrize("version", ["-1", "1.5", "x", "1E+30", "99999999999999999999"])
def test_a_record_without_a_version_is_unreadable(version: str) -> None:
    record = inserted(commit())
    record["dynamodb"]["Keys"]["sk"] = {"N": version}
    with pytest.raises(CorruptRecord):
        bell_of(record, RELAYED)


NAMES = ["pk", "sk", "S", "N", "B", "commit_id", "events"]
anything = some.recursive(
    some.none() | some.integers() | some.text(max_size=5),
    lambda inner: some.dictionaries(some.sampled_from(NAMES), inner, max_size=3),
)


@given(keys=anything, image=anything)
def test_no_record_makes_it_raise_anything_else(keys: Any, image: Any) -> None:
    record = {"eventName": "INSERT", "dynamodb": {"Keys": keys, "NewImage": image, "SequenceNumber": "7"}}
    with suppress(CorruptRecord):
        bell_of(record, RELAYED)


def test_a_record_without_a_sequence_number_has_an_empty_one() -> None:
    assert sequence_number(inserted(commit(5))) == "00000000000000000005"
    assert sequence_number({"eventName": "INSERT"}) == ""

"""The wire record: its format, its round trip, and what is none."""

import base64
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tallygate.events import Commit, StoredEvent, stream_id
from tallygate.events.items import commit_item, read_commit
from tallygate.relay.bell import Bell, dump_bell, read_bell
from tallygate.relay.errors import CorruptRecord
from tests.unit.relay.stream_records import AT, RELAYED, commit, item_of

KEY = "aircraft-N1"
BELL = Bell(stream_id("aircraft", "N1"), 2, item_of(commit(2)), RELAYED)


def noise(size: int) -> str:
    return base64.b64encode(random.Random(1).randbytes(size)).decode()[:size]


def wire(**changes: Any) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(dump_bell(BELL)) | changes)


def test_the_storage_format() -> None:
    """These names and shapes lie in the stream: a change here is a change of format."""
    assert msgspec.json.decode(dump_bell(BELL)) == {
        "stream": "aircraft-N1",
        "version": 2,
        "relayed": "2026-11-21T12:00:01.007Z",
        "item": item_of(commit(2)),
    }
    pointer = b'{"stream":"aircraft-N1","version":2,"relayed":"2026-11-21T12:00:01.007Z"}'
    assert dump_bell(BELL.pointer) == pointer


def test_a_binary_value_is_base64_on_the_wire() -> None:
    compressed = item_of(commit(text="x" * 2000))
    data = dump_bell(Bell(stream_id("aircraft", "N1"), 1, compressed, RELAYED))
    assert msgspec.json.decode(data)["item"]["events"] == {"B": base64.b64encode(compressed["events"]["B"]).decode()}


texts = some.text(max_size=30)
sizes = some.one_of(
    some.integers(0, 900).map(lambda size: "x" * size),  # fits a write unit
    some.integers(1500, 9000).map(lambda size: "x" * size),  # compressed
    some.sampled_from([noise(3000), noise(600_000)]),  # not compressed; does not fit an item
    texts,
)


@some.composite
def commits(draw: some.DrawFn) -> Commit:
    events = some.lists(sizes.map(lambda text: StoredEvent("Noted", 1, {"text": text})), min_size=1, max_size=3)
    return Commit(
        stream_id("a", draw(some.text("abcXYZ019-_.~/", min_size=1, max_size=100))),
        draw(some.integers(1, 2**63 - 1)),
        draw(some.text("abcXYZ019-_", min_size=1)),
        tuple(draw(events)),
        tuple(draw(some.lists(texts, max_size=3))),
        AT,
        meta=draw(some.dictionaries(texts, texts, max_size=3)),
    )


@settings(deadline=None)  # some are of 600 KB
@given(commits())
def test_what_is_dumped_is_read_back(of: Commit) -> None:
    packed = commit_item(of)
    item = packed.item if packed.overflow is None else packed.item | {"overflow": {"S": "key"}}
    bell = Bell(of.stream, of.version, item, RELAYED)
    read = read_bell(dump_bell(bell), of.stream)
    assert read == bell
    assert read.item is not None
    assert read_commit(read.item, lambda _key: packed.overflow or b"") == of
    assert read_bell(dump_bell(bell.pointer), of.stream) == bell.pointer


def test_a_field_of_newer_code_is_no_error() -> None:
    assert read_bell(wire(priority=1), KEY) == BELL


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "Input data was truncated"),
        (b"\xff\x00", "malformed"),
        (b"[]", "Expected `object`"),
        (b'{"stream":"aircraft-N1"}', "missing required field `version`"),
        (wire(version="2"), r"Expected `int`, got `str` - at `\$.version`"),
        (wire(version=0), "the version is 0, expected 1 or more"),
        (wire(version=2**63), "the version is 9223372036854775808"),
        (wire(version=3), "not the commit for version 3"),
        (wire(stream="aircraft-N2"), "it is of the stream 'aircraft-N2'"),
        (wire(relayed="yesterday"), "Invalid isoformat"),
        (wire(relayed="2026-11-21T12:00:00"), "has no offset"),
        (wire(item={}), "is not the commit for version 2 of aircraft-N1"),
        (wire(item=[]), "Expected `object | null`"),
        (wire(item={"pk": "aircraft-N1"}), "Expected `object`"),
        (wire(item=dict(BELL.item or {}) | {"events": {}}), "attribute 'events' is not of the form"),
        (wire(item=dict(BELL.item or {}) | {"events": {"B": "AA!AA"}}), "base64"),
        (wire(item=dict(BELL.item or {}) | {"events": {"B": 5}}), "bytes-like object"),
        (wire(item=dict(BELL.item or {}) | {"commit_id": {"N": "1"}}), "is not the commit"),
    ],
)
def test_what_is_no_bell_says_so(data: bytes, says: str) -> None:
    with pytest.raises(CorruptRecord, match=says) as raised:
        read_bell(data, KEY)
    assert f"a record of {len(data)} bytes with the partition key 'aircraft-N1' is no bell" in str(raised.value)
    assert "the events table has the truth" in str(raised.value)


@pytest.mark.parametrize("stream", ["", "aircraft", "aircraft-", "Aircraft-1", "a-ä", "a-" + "x" * 255])
def test_a_bell_is_for_a_stream_that_can_be(stream: str) -> None:
    with pytest.raises(CorruptRecord):
        read_bell(msgspec.json.encode({"stream": stream, "version": 1, "relayed": "2026-11-21T12:00:00Z"}), stream)


@given(some.binary(max_size=200))
def test_no_bytes_make_it_raise_anything_else(data: bytes) -> None:
    with pytest.raises(CorruptRecord):
        read_bell(data, KEY)

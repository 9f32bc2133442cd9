"""The storage format, and items that are no commits or of another code's."""

import base64
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from tallygate.errors import InvalidInput
from tallygate.events import Commit, CommitTooLarge, CorruptStream, StoredEvent, stream_id
from tallygate.events.command_index import CommandIndex
from tallygate.events.items import commit_item, read_commit, read_snapshot, snapshot_item
from tallygate.events.snapshot import Snapshot

AT = datetime(2026, 11, 21, 12, 0, 0, 5000, tzinfo=UTC)
COMMIT = Commit(stream_id("a", "1"), 1, "c", (StoredEvent("E", 1, {}),), (), AT)


def no_overflow(key: str) -> bytes:
    raise AssertionError(key)


def noted(text: str) -> Commit:
    return Commit(stream_id("a", "1"), 1, "c", (StoredEvent("Noted", 1, {"text": text}),), ("x",), AT)


def noise(size: int) -> str:
    """Text that can't be compressed below three quarters of its size."""
    return base64.b64encode(random.Random(1).randbytes(size)).decode()[:size]


def test_the_storage_format() -> None:
    """These names and shapes are stored: a change here is a change of format."""
    commit = Commit(
        stream_id("aircraft", "N1"),
        2,
        "id",
        (StoredEvent("FlightFlown", 1, {"distance": 5}), StoredEvent("FlightFlown", 1, {"distance": 6})),
        ("b/1",),
        AT,
        meta={"batch": "b"},
    )
    assert commit_item(commit).item == {
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
    assert read_commit(commit_item(commit).item, no_overflow) == commit


def test_the_storage_format_of_a_snapshot() -> None:
    index = CommandIndex()
    index.add([COMMIT])
    snapshot = Snapshot(stream_id("a", "1"), 1, 2, 3, AT, b'{"miles":7}', index.newest(100))
    item = snapshot_item(snapshot).item
    assert {name: item[name] for name in item if name != "ring"} == {
        "pk": {"S": "a-1"},
        "sk": {"N": "0"},
        "version": {"N": "1"},
        "fold": {"N": "2"},
        "epoch": {"N": "3"},
        "at": {"S": "2026-11-21T12:00:00.005Z"},
        "codec": {"S": "json"},
        "state": {"S": '{"miles":7}'},
        "ring_codec": {"S": "json"},
        "subjects": {"L": []},
    }
    assert read_snapshot(item) == snapshot


@pytest.mark.parametrize("attribute", ["version", "ring", "at"])
def test_a_snapshot_that_cannot_be_read_is_none(attribute: str) -> None:
    item = snapshot_item(Snapshot(COMMIT.stream, 1, 1, 1, AT, b"1", CommandIndex().newest(100))).item
    assert read_snapshot(item) is not None
    assert read_snapshot(item | {attribute: {"B": b"\x00"}}) is None


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("x" * 700, "json"),  # fits a write unit as it is: readable in the console
        ("x" * 1200, "json+zlib"),
        (noise(1200), "json"),  # compressed, it would still be two
        (noise(8000), "json+zlib"),  # seven instead of nine
    ],
)
def test_a_commit_is_compressed_where_that_saves_a_write_unit(text: str, codec: str) -> None:
    item = commit_item(noted(text)).item
    assert item["codec"] == {"S": codec}
    assert ("S" if codec == "json" else "B") in item["events"]
    assert read_commit(item, no_overflow) == noted(text)


def test_what_does_not_fit_an_item_overflows() -> None:
    commit = noted(noise(600_000))
    packed = commit_item(commit)
    assert packed.overflow is not None
    assert "events" not in packed.item
    assert packed.size < 1000
    objects = {"key": packed.overflow}
    assert read_commit(packed.item | {"overflow": {"S": "key"}}, objects.__getitem__) == commit


def test_an_error_of_the_fetch_is_not_taken_for_a_damaged_item() -> None:
    def refused(key: str) -> bytes:
        raise InvalidInput(f"no bucket for {key}: give the log its `overflow`")

    with pytest.raises(InvalidInput, match="give the log its `overflow`"):
        read_commit(commit_item(COMMIT).item | {"overflow": {"S": "a-1/1/c"}}, refused)


def test_there_is_an_end_to_overflowing() -> None:
    with pytest.raises(CommitTooLarge, match=r"33554\d\d\d bytes, 33554432 are possible.*in several commits"):
        commit_item(noted("x" * (32 * 1024 * 1024)))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"events": {"S": "not json"}}, "is no commit"),
        ({"events": {"S": '[{"kind": "E"}]'}}, "is no commit"),
        ({"events": {"B": b"not compressed"}, "codec": {"S": "json+zlib"}}, "the compressed bytes are damaged"),
        ({"at": {"S": "yesterday"}}, "is no commit"),
        ({"at": {"S": "2026-11-21T12:00:00"}}, "has no offset"),
        ({"codec": {"S": "json+brotli"}}, "codec 'json\\+brotli', this code reads 'json' and 'json\\+zlib'"),
        ({"commit_id": None}, "is no commit"),
    ],
)
def test_an_item_that_is_no_commit_says_where(change: dict[str, Any], says: str) -> None:
    with pytest.raises(CorruptStream, match=says) as error:
        read_commit(commit_item(COMMIT).item | change, no_overflow)
    assert "a-1 version 1" in str(error.value)

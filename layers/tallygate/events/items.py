"""Commits and snapshots to DynamoDB items and back. Attribute names are a storage format: never reuse one."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tallygate import clock
from tallygate.errors import TallygateError
from tallygate.events import serializer
from tallygate.events.command_index import Ring
from tallygate.events.commit import Commit
from tallygate.events.errors import CommitTooLarge, CorruptStream, InvalidEvent
from tallygate.events.payload import Payload, UnknownCodec, attribute_bytes, pack, unpack
from tallygate.events.snapshot import Snapshot
from tallygate.events.stream_id import StreamId

Item = Mapping[str, Any]
Fetch = Callable[[str], bytes]  # an overflow object by its key

SNAPSHOT_SORT_KEY = "0"
MAX_ITEM_BYTES = 400 * 1024  # DynamoDB's limit on an item, names included
MAX_COMMIT_BYTES = 32 * 1024 * 1024  # a commit is held in memory several times over
# Names of all attributes, and the values that are always about as long: commit_id, at, codec, the numbers.
_FIXED_BYTES = 140


class CommitItem(msgspec.Struct, frozen=True):
    """A commit as it is to be stored.

    Parameters
    ----------
    item : dict
        In DynamoDB's attribute-value form.
    size : int
        Bytes of the item, about, at most.
    overflow : bytes or None
        What does not fit into the item: it lacks the attribute `events` and needs `overflow`, an object's key.
    """

    item: dict[str, Any]
    size: int
    overflow: bytes | None = None


def commit_item(commit: Commit) -> CommitItem:
    """The commit as a DynamoDB item.

    Raises
    ------
    InvalidEvent
        A value has no form in JSON.
    CommitTooLarge
        It is larger than what is held in memory, or the command ids and metadata alone don't fit into an item.
    """
    text = _events_text(commit)
    beside = _FIXED_BYTES + _attribute_bytes(commit)
    if beside > MAX_ITEM_BYTES // 2 or len(text) > MAX_COMMIT_BYTES:
        raise too_large(commit, len(text) + beside, MAX_COMMIT_BYTES)
    payload = pack(text, beside=beside)
    item: dict[str, Any] = {
        "pk": {"S": commit.stream},
        "sk": {"N": str(commit.version)},
        "commit_id": {"S": commit.commit_id},
        "count": {"N": str(len(commit.events))},
        "types": {"L": [{"S": type} for type in commit.types]},
        "at": {"S": clock.to_text(commit.at)},
        "epoch": {"N": str(commit.epoch)},
        "codec": {"S": payload.codec},
    }
    if commit.commands:
        item["commands"] = {"L": [{"S": command} for command in commit.commands]}
    if commit.meta:
        item["meta"] = {"M": {name: {"S": value} for name, value in commit.meta.items()}}
    size = beside + len(payload.data)
    if size <= MAX_ITEM_BYTES:
        return CommitItem(item | {"events": payload.attribute}, size)
    return CommitItem(item, beside, payload.data)


def too_large(commit: Commit, size: int, limit: int) -> CommitTooLarge:
    """The error for a commit of `size` bytes where at most `limit` fit."""
    return CommitTooLarge(
        f"the commit for version {commit.version} of {commit.stream} has {size} bytes, {limit} are possible: "
        f"append its {len(commit.events)} events in several commits, or keep large values elsewhere and store where"
    )


def read_commit(item: Item, fetch: Fetch) -> Commit:
    """The inverse of `commit_item`.

    Parameters
    ----------
    fetch : callable
        Called with the object's key where the events overflowed.

    Raises
    ------
    CorruptStream
        The item is no commit, or has a codec that this code doesn't know.
    """
    try:
        data = fetch(item["overflow"]["S"]) if "overflow" in item else attribute_bytes(item["events"])
        commands = tuple([command["S"] for command in item["commands"]["L"]]) if "commands" in item else ()
        return Commit(
            StreamId(item["pk"]["S"]),
            int(item["sk"]["N"]),
            item["commit_id"]["S"],
            serializer.parse_events(unpack(item["codec"]["S"], data)),
            commands,
            clock.from_text(item["at"]["S"]),
            int(item["epoch"]["N"]),
            {name: value["S"] for name, value in item["meta"]["M"].items()} if "meta" in item else {},
            _FIXED_BYTES + len(data) + sum(map(len, commands)),
        )
    except TallygateError:  # of the fetch: it says for itself what is wrong
        raise
    except UnknownCodec as exc:
        raise CorruptStream(f"{_where(item)} is stored with {exc}") from exc
    except (KeyError, TypeError, ValueError) as exc:
        what = f"{_where(item)} is no commit ({exc!r})"
        raise CorruptStream(f"{what}: compare the item with the table's backups") from exc


def snapshot_item(snapshot: Snapshot) -> CommitItem:
    """The snapshot as a DynamoDB item. What does not fit is to be skipped: look at `size`."""
    ring = serializer.dump(snapshot.ring)
    beside = _FIXED_BYTES + len(snapshot.stream) + sum(map(len, snapshot.subjects))
    commands = pack(ring, beside=0)
    state = Payload("sealed", snapshot.state) if snapshot.subjects else pack(snapshot.state, beside=beside + len(ring))
    item = {
        "pk": {"S": snapshot.stream},
        "sk": {"N": SNAPSHOT_SORT_KEY},
        "version": {"N": str(snapshot.version)},
        "fold": {"N": str(snapshot.fold)},
        "epoch": {"N": str(snapshot.epoch)},
        "at": {"S": clock.to_text(snapshot.at)},
        "codec": {"S": state.codec},
        "state": state.attribute,
        "ring_codec": {"S": commands.codec},
        "ring": commands.attribute,
        "subjects": {"L": [{"S": subject} for subject in snapshot.subjects]},
    }
    return CommitItem(item, beside + len(state.data) + len(commands.data))


def read_snapshot(item: Item) -> Snapshot | None:
    """The inverse of `snapshot_item`; None for one that can't be read, which is as good as none."""
    try:
        codec, state = item["codec"]["S"], attribute_bytes(item["state"])
        ring = attribute_bytes(item["ring"])
        return Snapshot(
            stream=StreamId(item["pk"]["S"]),
            version=int(item["version"]["N"]),
            fold=int(item["fold"]["N"]),
            epoch=int(item["epoch"]["N"]),
            at=clock.from_text(item["at"]["S"]),
            state=state if codec == "sealed" else unpack(codec, state),
            ring=serializer.parse(unpack(item["ring_codec"]["S"], ring), Ring),
            subjects=tuple(subject["S"] for subject in item["subjects"]["L"]),
            size=_FIXED_BYTES + len(state) + len(ring),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _events_text(commit: Commit) -> bytes:
    try:
        return serializer.dump_events(commit.events)
    except (TypeError, ValueError) as exc:
        types = ", ".join(commit.types)
        raise InvalidEvent(
            f"an event of {commit.stream} ({types}) has a value that is not JSON: {exc}. "
            "Use str, int, finite float, bool, None, lists and dicts of those"
        ) from exc


def _attribute_bytes(commit: Commit) -> int:
    texts = (commit.stream, *commit.commands, *commit.types, *commit.meta, *commit.meta.values())
    return sum(len(text) if text.isascii() else len(text.encode()) for text in texts) + len(texts)


def _where(item: Item) -> str:
    return f"{item.get('pk', {}).get('S', '?')} version {item.get('sk', {}).get('N', '?')}"

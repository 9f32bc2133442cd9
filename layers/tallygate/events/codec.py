"""Commits to DynamoDB items and back. The attribute names and codecs are a storage format: never reuse one."""

import json
from collections.abc import Mapping
from typing import Any

from tallygate import clock
from tallygate.events.commit import Commit, StoredEvent
from tallygate.events.errors import CommitTooLarge, CorruptStream, InvalidEvent
from tallygate.events.stream_id import StreamId

JSON = "json"  # events as JSON text: readable in the console
MAX_ITEM_BYTES = 400 * 1024  # DynamoDB's limit on an item, names included
_ROOM_FOR_ATTRIBUTES = 4 * 1024


def encoded(commit: Commit) -> str:
    """The commit's events as JSON text: an ordered array of `{"type", "schema", "data"}`.

    Raises
    ------
    InvalidEvent
        A value is not JSON (NaN and infinities are not).
    CommitTooLarge
        The text, the command ids and the metadata don't fit into one item.
    """
    events = [{"type": event.type, "schema": event.schema, "data": event.data} for event in commit.events]
    try:
        text = json.dumps(events, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except (TypeError, ValueError) as exc:
        types = ", ".join(commit.types)
        raise InvalidEvent(
            f"an event of {commit.stream} ({types}) has a value that is not JSON: {exc}. "
            "Use str, int, finite float, bool, None, lists and dicts of those"
        ) from exc
    size += sum(len(text.encode()) for text in (*commit.commands, *commit.meta, *commit.meta.values()))
    if size > MAX_ITEM_BYTES - _ROOM_FOR_ATTRIBUTES:
        raise CommitTooLarge(
            f"the commit for version {commit.version} of {commit.stream} has {size} bytes, an item of DynamoDB at most "
            f"{MAX_ITEM_BYTES}: append its {len(commit.events)} events in several commits"
        )
    return text


def to_item(commit: Commit) -> dict[str, Any]:
    """The commit as a DynamoDB item."""
    return {
        "pk": {"S": commit.stream},
        "sk": {"N": str(commit.version)},
        "commit_id": {"S": commit.commit_id},
        "commands": {"L": [{"S": command} for command in commit.commands]},
        "count": {"N": str(len(commit.events))},
        "types": {"L": [{"S": type} for type in commit.types]},
        "at": {"S": clock.to_text(commit.at)},
        "epoch": {"N": str(commit.epoch)},
        "codec": {"S": JSON},
        "events": {"S": encoded(commit)},
        "meta": {"M": {name: {"S": value} for name, value in commit.meta.items()}},
    }


def from_item(item: Mapping[str, Any]) -> Commit:
    """The inverse of `to_item`.

    Raises
    ------
    CorruptStream
        The item is no commit, or has a codec that this code doesn't know.
    """
    where = f"{item.get('pk', {}).get('S', '?')} version {item.get('sk', {}).get('N', '?')}"
    try:
        if (codec := item["codec"]["S"]) != JSON:
            raise CorruptStream(
                f"{where} is stored with codec {codec!r}, this code reads {JSON!r}: deploy the code that wrote it"
            )
        return Commit(
            stream=StreamId(item["pk"]["S"]),
            version=int(item["sk"]["N"]),
            commit_id=item["commit_id"]["S"],
            events=tuple(StoredEvent(**event) for event in json.loads(item["events"]["S"])),
            commands=tuple(command["S"] for command in item["commands"]["L"]),
            at=clock.from_text(item["at"]["S"]),
            epoch=int(item["epoch"]["N"]),
            meta={name: value["S"] for name, value in item["meta"]["M"].items()},
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise CorruptStream(f"{where} is no commit ({exc!r}): compare the item with the table's backups") from exc

"""A record of DynamoDB Streams, as Lambda hands it over: from a change of the table to a bell, or to an alarm."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tallygate.events.items import SNAPSHOT_SORT_KEY
from tallygate.events.stream_id import StreamId
from tallygate.relay.bell import Bell, plain_item
from tallygate.relay.changed_commit import ChangedCommit
from tallygate.relay.errors import CorruptRecord

StreamRecord = Mapping[str, Any]  # {"eventName": "INSERT", "dynamodb": {"Keys", "NewImage", "SequenceNumber"}}
# Whoever writes over a commit chooses its id, of up to 400 KB; ours have 16 characters.
ID_SHOWN = 200
_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)


def sequence_number(record: StreamRecord) -> str:
    """The record's place in its shard. Empty if it has none: Lambda takes that for the whole batch."""
    try:
        return str(record["dynamodb"]["SequenceNumber"])
    except (KeyError, TypeError):
        return ""


def bell_of(record: StreamRecord, relayed: datetime) -> Bell | None:
    """The bell to ring for a record.

    Returns
    -------
    Bell or None
        None for what is no commit: a snapshot, an item without a commit id, a change that is no insert. A pointer where
        only the commit's key can be read.

    Raises
    ------
    CorruptRecord
        Not even its key is one of an events table.
    """
    try:
        if record["eventName"] != "INSERT":
            return None
        change = record["dynamodb"]
        image = change.get("NewImage")
        key = change.get("Keys") or image
        if key["sk"]["N"] == SNAPSHOT_SORT_KEY or (isinstance(image, dict) and "commit_id" not in image):
            return None
        pointer = Bell(StreamId(key["pk"]["S"]), int(key["sk"]["N"]), None, relayed)
    except _MALFORMED as exc:
        raise _without_key(record, exc) from exc
    return _with_item(pointer, image)


def changed_commit_of(record: StreamRecord) -> ChangedCommit | None:
    """What a record says of a commit that was there before.

    Returns
    -------
    ChangedCommit or None
        None for what was stored for the first time, and for a snapshot: those are written over and removed. Any other
        item counts as a commit, whatever was written over it; its place says so.

    Raises
    ------
    CorruptRecord
        Not even its key is one of an events table.
    """
    try:
        if record["eventName"] not in ("MODIFY", "REMOVE"):
            return None
        change = record["dynamodb"]
        key, removed = change["Keys"], record["eventName"] == "REMOVE"
        if key["sk"]["N"] == SNAPSHOT_SORT_KEY:
            return None
        id = "" if removed else _commit_id(change.get("NewImage"))
        return ChangedCommit(StreamId(key["pk"]["S"]), int(key["sk"]["N"]), removed, id, sequence_number(record))
    except _MALFORMED as exc:
        raise _without_key(record, exc) from exc


def _commit_id(image: Any) -> str:  # noqa: ANN401 (it is what somebody wrote, of whatever type)
    try:
        return str(image["commit_id"]["S"])[:ID_SHOWN]
    except (KeyError, TypeError):
        return ""


def _without_key(record: StreamRecord, exc: Exception) -> CorruptRecord:
    return CorruptRecord(
        f"record {sequence_number(record) or '?'} of the table's stream has no key of a commit ({exc!r}): "
        "let nothing but Tallygate write to the events table"
    )


def _with_item(pointer: Bell, image: Any) -> Bell:  # noqa: ANN401 (it is what arrived, of whatever type)
    try:
        return Bell(pointer.stream, pointer.version, plain_item(image), pointer.relayed)
    except (AttributeError, TypeError, ValueError):
        return pointer  # the reader finds in the table whether the commit itself is damaged

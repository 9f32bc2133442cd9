"""A record of DynamoDB Streams, as Lambda hands it over: from a change of the table to a bell."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tallygate.events.items import SNAPSHOT_SORT_KEY
from tallygate.events.stream_id import StreamId
from tallygate.relay.bell import Bell, plain_item
from tallygate.relay.errors import CorruptRecord

StreamRecord = Mapping[str, Any]  # {"eventName": "INSERT", "dynamodb": {"Keys", "NewImage", "SequenceNumber"}}


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
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise CorruptRecord(
            f"record {sequence_number(record) or '?'} of the table's stream has no key of a commit ({exc!r}): "
            "let nothing but Tallygate write to the events table"
        ) from exc
    return _with_item(pointer, image)


def _with_item(pointer: Bell, image: Any) -> Bell:  # noqa: ANN401 (it is what arrived, of whatever type)
    try:
        return Bell(pointer.stream, pointer.version, plain_item(image), pointer.relayed)
    except (AttributeError, TypeError, ValueError):
        return pointer  # the reader finds in the table whether the commit itself is damaged

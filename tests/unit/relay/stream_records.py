"""Records of DynamoDB Streams, as Lambda hands them over."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tallygate.events import Commit, StoredEvent, stream_id
from tallygate.events.items import commit_item
from tallygate.relay.transport import Transport, WireRecord

AT = datetime(2026, 11, 21, 12, 0, 0, 5000, tzinfo=UTC)
RELAYED = datetime(2026, 11, 21, 12, 0, 1, 7000, tzinfo=UTC)


def commit(version: int = 1, *, stream: str = "N1", text: str = "") -> Commit:
    event = StoredEvent("Noted", 1, {"text": text})
    id = stream_id("aircraft", stream)
    return Commit(id, version, f"c{version}", (event,), ("b/1",), AT, meta={"correlation": "b"})


def item_of(of: Commit) -> dict[str, Any]:
    """The item as the table has it; one that overflows with a key instead of its events."""
    packed = commit_item(of)
    return packed.item if packed.overflow is None else packed.item | {"overflow": {"S": "key"}}


def inserted(of: Commit, sequence_number: str = "") -> dict[str, Any]:
    """What comes of storing a commit. By default its sequence number is its version, in twenty digits."""
    return change(item_of(of), sequence_number or f"{of.version:020d}")


def change(item: Mapping[str, Any], sequence_number: str = "1", name: str = "INSERT") -> dict[str, Any]:
    """A record as it comes in JSON: binary values as base64."""
    image = {
        attribute: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
        for attribute, value in item.items()
    }
    keys = {attribute: image[attribute] for attribute in ("pk", "sk") if attribute in image}
    return {
        "eventName": name,
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": keys, "NewImage": image, "SequenceNumber": sequence_number},
    }


def removed(item: Mapping[str, Any], sequence_number: str = "1") -> dict[str, Any]:
    """What comes of deleting an item. The stream has new images only: there is none."""
    record = change(item, sequence_number, "REMOVE")
    del record["dynamodb"]["NewImage"]
    return record


class Scripted:
    """A transport that goes by a script: for each call what it refuses, or what it raises before or after keeping all.

    Not a twin: the faults are what is tested. After the script it does all that `within` does.
    """

    def __init__(self, within: Transport, script: list[Mapping[int, str] | Exception]) -> None:
        self._within = within
        self._script = script
        self.calls: list[list[WireRecord]] = []
        self.kept_though_unanswered = False

    def put(self, records: list[WireRecord]) -> Mapping[int, str]:
        self.calls.append(list(records))
        step = self._script.pop(0) if self._script else {}
        if isinstance(step, Exception):
            if self.kept_though_unanswered:
                self._within.put(records)
            raise step
        kept = [record for index, record in enumerate(records) if index not in step]
        if kept:
            self._within.put(kept)
        return step

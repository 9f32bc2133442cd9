"""The record on the wire: a bell that says "this stream has this version", and mostly brings the commit along.

The names of its JSON fields are a storage format: records lie in the stream for days, while code is deployed. Never
rename one and never give one another meaning; a reader ignores those it doesn't know.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from tallygate import clock
from tallygate.events import serializer
from tallygate.events.items import Item
from tallygate.events.stream_id import StreamId, stream_id
from tallygate.relay.errors import CorruptRecord

MAX_VERSION = 2**63 - 1  # the largest number that every reader of JSON can hold


class Bell(msgspec.Struct, frozen=True):
    """A commit that was stored. Raises `ValueError` for one that can't be.

    Parameters
    ----------
    stream : StreamId
    version : int
        From 1.
    item : Item or None
        The commit as `tallygate.events.items.read_commit` takes it: DynamoDB's attribute-value form, binary values as
        bytes. None: this is a pointer, the reader must read the commit from the table.
    relayed : datetime
        UTC, milliseconds, by the relay's clock.
    """

    stream: StreamId
    version: int
    item: Item | None
    relayed: datetime

    def __post_init__(self) -> None:
        """A bell is one of the relay's, or none at all: a reader needs to check nothing again but the commit."""
        check_place(self.stream, self.version)
        if self.item is not None and not _is_commit(self.item, self.stream, self.version):
            raise ValueError(f"the item is not the commit for version {self.version} of {self.stream}")

    @property
    def pointer(self) -> "Bell":
        """The same bell without the commit."""
        return Bell(self.stream, self.version, None, self.relayed)


class _Record(msgspec.Struct, omit_defaults=True):
    stream: str
    version: int
    relayed: str
    item: dict[str, dict[str, Any]] | None = None  # a binary value as base64


_parse = msgspec.json.Decoder(_Record).decode


def check_place(stream: StreamId, version: int) -> None:
    """Raise `ValueError` where no commit can stand: the stream's id is malformed, or the version out of range."""
    category, _, id = stream.partition("-")
    stream_id(category, id)
    if not 1 <= version <= MAX_VERSION:
        raise ValueError(f"the version is {version}, expected 1 or more")


def dump_bell(bell: Bell) -> bytes:
    """The bell as it goes on the wire: JSON without spaces. Raises `ValueError` where the item has no form in JSON."""
    item = None if bell.item is None else dict(bell.item)
    return serializer.dump(_Record(bell.stream, bell.version, clock.to_text(bell.relayed), item))


def read_bell(data: bytes, partition_key: str) -> Bell:
    """The inverse of `dump_bell`.

    Parameters
    ----------
    partition_key : str
        The record's; it is the stream's id.

    Raises
    ------
    CorruptRecord
        It is no bell, or one of another stream.
    """
    try:
        record = _parse(data)
        if record.stream != partition_key:
            raise ValueError(f"it is of the stream {record.stream!r}")
        item = None if record.item is None else plain_item(record.item)
        return Bell(StreamId(record.stream), record.version, item, clock.from_text(record.relayed))
    except (TypeError, ValueError) as exc:
        raise CorruptRecord(
            f"a record of {len(data)} bytes with the partition key {partition_key!r} is no bell of the relay ({exc}): "
            "let nobody else write to this stream, and deploy readers before the relay; the events table has the truth"
        ) from exc


def plain_item(item: Mapping[str, Mapping[str, Any]]) -> Item:
    """An item as it comes in JSON, with its binary values as bytes. Those of a commit are all at the top.

    Raises
    ------
    TypeError, ValueError
        It isn't in attribute-value form, or a binary value is no base64.
    """
    return {name: _attribute(name, value) for name, value in item.items()}


def _attribute(name: str, value: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError(f'the attribute {name!r} is not of the form {{"S": "…"}}')
    if "B" not in value:
        return value
    return {"B": base64.b64decode(value["B"], validate=True)}


def _is_commit(item: Item, stream: str, version: int) -> bool:
    """Whether it is meant to be this commit; whether it can be read as one, `read_commit` finds out."""
    key = item.get("pk") == {"S": stream} and item.get("sk") == {"N": str(version)}
    return key and isinstance(item.get("commit_id", {}).get("S"), str)

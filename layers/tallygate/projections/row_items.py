"""Rows to DynamoDB items and back. Attribute names are a storage format: never reuse one."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tallygate import clock
from tallygate.events.errors import CorruptStream
from tallygate.events.payload import attribute_bytes, pack, unpack
from tallygate.events.stream_id import StreamId
from tallygate.projections.bucket import bucket_of
from tallygate.projections.errors import InvalidView
from tallygate.projections.row import Amount, Parked, Row

Item = Mapping[str, Any]

MAX_ITEM_BYTES = 400 * 1024  # DynamoDB's limit on an item, names included
_FIXED_BYTES = 150  # names of all attributes, and the values that are always about as long


def row_key(consumer: str, stream: str) -> dict[str, Any]:
    """The key of a row: `fleet-1#07`, and the stream."""
    return {"pk": {"S": partition(consumer, bucket_of(stream))}, "sk": {"S": stream}}


def partition(consumer: str, bucket: int) -> str:
    """The partition key of a consumer's bucket."""
    return f"{consumer}#{bucket:02d}"


def row_item(consumer: str, row: Row) -> dict[str, Any]:
    """The row as a DynamoDB item.

    Raises
    ------
    InvalidView
        It is larger than an item may be.
    """
    contribution = {name: {"N": str(amount)} for name, amount in row.contribution.items()}
    beside = _FIXED_BYTES + len(row.stream) + sum(len(name.encode()) + 22 for name in contribution)
    beside += sum(len(subject.encode()) + 1 for subject in row.subjects)
    payload = pack(row.view, beside=beside) if row.view else None
    size = beside + (len(payload.data) if payload else 0)
    if size > MAX_ITEM_BYTES:
        raise InvalidView(
            f"the view of {row.stream} at version {row.version} has {size} bytes with its totals, {MAX_ITEM_BYTES} fit:"
            " keep less in a view, or divide it among several projections"
        )
    item = row_key(consumer, row.stream) | {
        "version": {"N": str(row.version)},
        "epoch": {"N": str(row.epoch)},
        "at": {"S": clock.to_text(row.at)},
    }
    if payload:
        item |= {"codec": {"S": payload.codec}, "view": payload.attribute}
    if contribution:
        item["contribution"] = {"M": contribution}
    if row.subjects:
        item["subjects"] = {"L": [{"S": subject} for subject in row.subjects]}
    if row.parked:
        item["parked"] = {"M": _parked_attributes(row.parked)}
    return item


def read_row(item: Item) -> Row:
    """The inverse of `row_item`.

    Raises
    ------
    CorruptStream
        The item is no row, or has a codec that this code doesn't know.
    """
    try:
        return Row(
            stream=StreamId(item["sk"]["S"]),
            version=int(item["version"]["N"]),
            epoch=int(item["epoch"]["N"]),
            at=clock.from_text(item["at"]["S"]),
            view=unpack(item["codec"]["S"], attribute_bytes(item["view"])) if "view" in item else b"",
            contribution=read_contribution(item),
            subjects=tuple(subject["S"] for subject in item["subjects"]["L"]) if "subjects" in item else (),
            parked=_read_parked(item["parked"]["M"]) if "parked" in item else None,
        )
    except (KeyError, TypeError, ValueError, ArithmeticError) as exc:
        where = f"{item.get('pk', {}).get('S', '?')} / {item.get('sk', {}).get('S', '?')}"
        raise CorruptStream(
            f"the row {where} of the views table can't be read ({exc!r}): delete it, and the next sweep makes it anew"
        ) from exc


def read_contribution(item: Item) -> dict[str, Amount]:
    """What a row's item adds to the totals."""
    if "contribution" not in item:
        return {}
    return {name: _amount(value["N"]) for name, value in item["contribution"]["M"].items()}


def _amount(text: str) -> Amount:
    return int(text) if text.lstrip("-").isdecimal() else Decimal(text)


def _parked_attributes(parked: Parked) -> dict[str, Any]:
    return {
        "version": {"N": str(parked.version)},
        "error": {"S": parked.error},
        "at": {"S": clock.to_text(parked.at)},
    }


def _read_parked(attributes: Mapping[str, Any]) -> Parked:
    return Parked(
        version=int(attributes["version"]["N"]),
        error=attributes["error"]["S"],
        at=clock.from_text(attributes["at"]["S"]),
    )

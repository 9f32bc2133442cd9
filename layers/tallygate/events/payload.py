"""How bytes lie in an item: readable JSON, or compressed where that saves a write unit.

The names of the codecs are a storage format: a new way gets a new name, and an old one is read for ever.
"""

import zlib
from collections.abc import Mapping
from typing import Any

import msgspec

WRITE_UNIT_BYTES = 1024
JSON, JSON_ZLIB = "json", "json+zlib"


class UnknownCodec(ValueError):
    """The codec is none that this code reads."""


class Payload(msgspec.Struct, frozen=True):
    """Bytes of JSON as they are stored.

    Parameters
    ----------
    codec : str
        How `data` was made from JSON text.
    data : bytes
        UTF-8 text where the codec is `json`.
    """

    codec: str
    data: bytes

    @property
    def attribute(self) -> dict[str, Any]:
        """As an attribute of DynamoDB: text where it is text, for the console's sake."""
        return {"S": self.data.decode()} if self.codec == JSON else {"B": self.data}


def pack(text: bytes, *, beside: int) -> Payload:
    """JSON text as it is to be stored: as it is, unless compression saves a write unit.

    Parameters
    ----------
    text : bytes
        JSON, UTF-8.
    beside : int
        Bytes of the item's other attributes.
    """
    units = _units(beside + len(text))
    if units == 1:
        return Payload(JSON, text)
    compressed = zlib.compress(text)
    return Payload(JSON_ZLIB, compressed) if _units(beside + len(compressed)) < units else Payload(JSON, text)


def unpack(codec: str, data: bytes) -> bytes:
    """The inverse of `pack`.

    Raises
    ------
    UnknownCodec
        It was packed by newer code.
    ValueError
        The bytes are damaged.
    """
    if codec == JSON:
        return data
    if codec != JSON_ZLIB:
        known = f"{JSON!r} and {JSON_ZLIB!r}"
        raise UnknownCodec(f"codec {codec!r}, this code reads {known}: deploy the code that wrote it")
    try:
        return zlib.decompress(data)
    except zlib.error as exc:
        raise ValueError(f"the compressed bytes are damaged ({exc})") from exc


def attribute_bytes(attribute: Mapping[str, Any]) -> bytes:
    """The bytes of an attribute that `Payload.attribute` made. Raises `KeyError` for one of another type."""
    return attribute["S"].encode() if "S" in attribute else bytes(attribute["B"])


def _units(size: int) -> int:
    return -(-size // WRITE_UNIT_BYTES)

"""Many lines of a manifest at once: their ids, and by what they are grouped."""

import csv
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from tallygate.batch.errors import BadInput
from tallygate.batch.plan.line_rows import CsvRows, JsonRows
from tallygate.batch.plan.manifest_lines import MAX_ID_BYTES, MAX_LINE_BYTES, LineReader

_UTF8_BYTES = 4  # of a character, at most
_UNUSUAL = (AttributeError, LookupError, RecursionError, StopIteration, TypeError, ValueError, csv.Error)


class LineBlock(msgspec.Struct, frozen=True):
    """Lines that follow each other.

    Parameters
    ----------
    content : bytes
        Whole lines; the file's last may have no line feed.
    number : int
        The number of the first, from 1.
    lines : list of bytes
        Without their line feeds.
    """

    content: bytes
    number: int
    lines: list[bytes]

    @classmethod
    def of(cls, content: bytes, number: int) -> "LineBlock":
        """The lines of a content that isn't empty."""
        lines = content.split(b"\n")
        if not lines[-1]:
            lines.pop()
        return cls(content, number, lines)

    def lengths(self) -> list[int]:
        """The lines' bytes, with the line feed."""
        lengths = [len(line) + 1 for line in self.lines]
        lengths[-1] -= not self.content.endswith(b"\n")
        return lengths


class Found(NamedTuple):
    """What a block's lines say, one entry a line; `groups` is empty where items aren't grouped."""

    ids: Sequence[str]
    groups: Sequence[str]


class BlockReader:
    """Reads blocks as `LineReader` reads lines, to the same ids and the same errors, but many lines at once.

    A block with anything unusual in it goes line by line through the `LineReader`, which tells what is wrong and where,
    or that nothing is.

    Parameters
    ----------
    reader : LineReader
    group_by : str, optional
        The column by whose values items are grouped.

    Raises
    ------
    BadInput
        The header lacks that column.
    """

    def __init__(self, reader: LineReader, group_by: str | None = None) -> None:
        self._reader = reader
        self._group_by = group_by
        self._rows = CsvRows if reader.columns else JsonRows
        if group_by is not None and reader.columns and group_by not in reader.columns:
            raise BadInput(
                f"line 1: the column {group_by!r} is missing, by which items are to be grouped: "
                f"the header has {', '.join(reader.columns)[:300]}"
            )

    def read(self, block: LineBlock) -> Found:
        """What the lines say.

        Raises
        ------
        BadInput
            As `LineReader.item`; or a line has nothing to be grouped by.
        """
        try:
            return self._at_once(block)
        except _UNUSUAL:
            return self.one_by_one(block)

    def one_by_one(self, block: LineBlock) -> Found:
        """The same, slowly. Raises `BadInput` as `read` does."""
        ids: list[str] = []
        groups: list[str] = []
        for number, (line, length) in enumerate(zip(block.lines, block.lengths(), strict=True), block.number):
            item = self._reader.item(line.ljust(length, b"\n"), number)
            ids.append(item.id)
            if self._group_by is not None:
                groups.append(_group(item.data, self._group_by, number))
        return Found(ids, groups)

    def _at_once(self, block: LineBlock) -> Found:
        if max(map(len, block.lines)) >= MAX_LINE_BYTES:
            raise ValueError
        rows = self._rows(_text_lines(block.content), self._reader)
        ids = rows.ids()
        "\n".join(ids).encode()  # all are text, without half a surrogate pair
        if not all(ids) or max(map(len, ids)) * _UTF8_BYTES > MAX_ID_BYTES:
            raise ValueError
        return Found(ids, [] if self._group_by is None else rows.values(self._group_by))


def _text_lines(content: bytes) -> list[str]:
    lines = content.decode().replace("\r\n", "\n").split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _group(data: Mapping[str, Any], column: str, number: int) -> str:
    if column not in data:
        raise BadInput(f"line {number}: the field {column!r} is missing, by which items are to be grouped")
    value = data[column]
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadInput(
            f"line {number}: the field {column!r} is {str(value)[:40]!r}, neither text nor a whole number: "
            "items can't be grouped by it"
        )
    return str(value)

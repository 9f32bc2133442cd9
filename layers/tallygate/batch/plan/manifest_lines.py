"""The lines of a manifest: what an item looks like in CSV and JSONL, and what is wrong with those that don't.

One item is one line, so that a chunk is a range of bytes that any worker can read by itself.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from tallygate.batch.errors import BadInput
from tallygate.batch.worker import Item, Worker

MAX_LINE_BYTES = 64 * 1024
MAX_ID_BYTES = 512
_BOM = "\ufeff"


def whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Blocks that end where a line ends; memory is bounded by a block and the longest line."""
    rest = b""
    for block in blocks:
        lines, newline, begun = block.rpartition(b"\n")
        if newline:
            yield rest + lines + newline
            rest = begun
        else:
            rest += block
        if len(rest) > MAX_LINE_BYTES:
            break  # too long already: `LineReader` says so, and the rest of the file need not be read
    if rest:
        yield rest


class LineReader(msgspec.Struct, frozen=True, kw_only=True):
    """Turns lines of one manifest into items.

    Parameters
    ----------
    worker : Worker
        Gives the item's id and the columns that must be there.
    columns : tuple of str
        The CSV header; empty for JSONL.
    """

    worker: Worker
    columns: tuple[str, ...] = ()

    @classmethod
    def for_csv(cls, header: bytes, worker: Worker) -> "LineReader":
        """A reader of the lines below the header.

        Raises
        ------
        BadInput
            The header lacks a column, or has one twice.
        """
        columns = tuple(_csv_fields(_text(header, 1).removeprefix(_BOM), 1))
        if twice := [name for name in columns if columns.count(name) > 1]:
            raise BadInput(f"line 1: the column {twice[0]!r} stands there twice: rename one")
        if missing := [name for name in worker.columns if name not in columns]:
            raise BadInput(
                f"line 1: the column {missing[0]!r} is missing, which worker {worker.name!r} needs: "
                f"the header has {', '.join(columns)[:300]}"
            )
        return cls(worker=worker, columns=columns)

    def item(self, line: bytes, number: int) -> Item:
        """The item on a line.

        Raises
        ------
        BadInput
            The line is not UTF-8, too long, malformed, or gives no usable id.
        """
        text = _text(line, number)
        data = self._csv_data(text, number) if self.columns else self._json_data(text, number)
        return Item(self._id(data, number), data, number)

    def _csv_data(self, text: str, number: int) -> Mapping[str, Any]:
        values = _csv_fields(text, number)
        if len(values) != len(self.columns):
            raise BadInput(f"line {number} has {len(values)} fields, the header {len(self.columns)}: mend the line")
        return dict(zip(self.columns, values, strict=True))

    def _json_data(self, text: str, number: int) -> Mapping[str, Any]:
        try:
            data = json.loads(text)
        except (RecursionError, ValueError) as exc:
            raise BadInput(f"line {number} is not JSON ({exc}): write one object a line") from exc
        if not isinstance(data, dict):
            raise BadInput(f"line {number} is not a JSON object: write one object a line")
        if missing := [name for name in self.worker.columns if name not in data]:
            raise BadInput(
                f"line {number}: the field {missing[0]!r} is missing, which worker {self.worker.name!r} needs"
            )
        return data

    def _id(self, data: Mapping[str, Any], number: int) -> str:
        try:
            item_id = self.worker.item_id(data)
            size = len(item_id.encode())  # half a surrogate pair, which JSON can say, is a ValueError here
        except (AttributeError, KeyError, TypeError, ValueError) as exc:
            raise BadInput(f"line {number}: no item id can be made of it ({exc!r}): mend the line") from exc
        if not 0 < size <= MAX_ID_BYTES:
            raise BadInput(f"line {number}: the item id {item_id[:40]!r} must have 1 to {MAX_ID_BYTES} bytes")
        return item_id


def _text(line: bytes, number: int) -> str:
    if len(line) > MAX_LINE_BYTES:
        raise BadInput(
            f"line {number} is longer than {MAX_LINE_BYTES} bytes: keep large data in S3 and its key in the line"
        )
    try:
        text = line.decode().rstrip("\r\n")
    except UnicodeDecodeError as exc:
        raise BadInput(f"line {number} is not UTF-8 (byte {exc.start + 1}): save the file as UTF-8") from exc
    if not text.strip():
        raise BadInput(f"line {number} is empty: remove it")
    return text


def _csv_fields(text: str, number: int) -> list[str]:
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error as exc:
        raise BadInput(f"line {number} is malformed ({exc}): a quoted field must end on its line") from exc

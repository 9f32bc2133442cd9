"""Lines of a manifest as rows, many at once. Anything unusual raises: `BlockReader` then goes line by line."""

import csv
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tallygate.batch.plan.manifest_lines import LineReader
from tallygate.batch.worker import Worker, id_column

ID = "id"
_decode = json.JSONDecoder().raw_decode  # what `json.loads` comes down to where no white space is around the value


class CsvRows:
    """Lines of CSV.

    One call parses all of them. A quoted field that doesn't end on its line would swallow the next line: as many rows
    as lines, of the header's width, are what each line would have given by itself.
    """

    def __init__(self, lines: Sequence[str], reader: LineReader) -> None:
        self._worker = reader.worker
        self._columns = reader.columns
        self._rows = list(csv.reader(lines, strict=True))
        if len(self._rows) != len(lines) or set(map(len, self._rows)) != {len(self._columns)}:
            raise ValueError
        if len(self._columns) == 1 and not all(map(str.strip, lines)):
            raise ValueError

    def ids(self) -> list[str]:
        """The items' ids, unchecked."""
        if self._worker.item_id is id_column and ID in self._columns:
            return self.values(ID)
        item_id, columns = self._worker.item_id, self._columns
        return [item_id(dict(zip(columns, row, strict=True))) for row in self._rows]

    def values(self, column: str) -> list[str]:
        """One column."""
        at = self._columns.index(column)
        return [row[at] for row in self._rows]


class JsonRows:
    """Lines of JSONL."""

    def __init__(self, lines: Sequence[str], reader: LineReader) -> None:
        self._worker = reader.worker
        self._rows = [_object(line) for line in lines]
        needed = _needed(self._worker)
        if needed and not all(needed <= row.keys() for row in self._rows):
            raise ValueError

    def ids(self) -> list[str]:
        """The items' ids, unchecked."""
        if self._worker.item_id is id_column:
            return self.values(ID)
        return list(map(self._worker.item_id, self._rows))

    def values(self, column: str) -> list[str]:
        """One field, which is text or a whole number."""
        return [_text(row[column]) for row in self._rows]


def _needed(worker: Worker) -> frozenset[str]:
    """Columns whose absence doesn't show anyway."""
    shown = {ID} if worker.item_id is id_column else set()
    return frozenset(worker.columns) - shown


def _object(line: str) -> Mapping[str, Any]:
    data, end = _decode(line)
    if end != len(line) or type(data) is not dict:
        raise ValueError
    return data


def _text(value: object) -> str:
    return value if type(value) is str else id_column({ID: value})

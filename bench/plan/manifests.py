"""Manifests of any length, made as they are read."""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from domain import WORKERS
from domain.flight_record import COLUMNS
from tallygate.batch import Context, Item, Worker

LINES_AT_ONCE = 20_000
GROUPS = 5_000


def _nothing(_item: Item, _context: Context) -> None:
    """No effect."""


BY_ID = Worker(name="by_id", process=_nothing)


@dataclass(frozen=True)
class Kind:
    """One kind of manifest.

    Parameters
    ----------
    worker : Worker
    format : str
        `csv` or `jsonl`.
    header : str
    line : callable
        A line from its number.
    gzipped : bool
    group_by : str or None
    """

    worker: Worker
    format: str
    header: str
    line: Callable[[int], str]
    gzipped: bool = False
    group_by: str | None = None

    def blocks(self, lines: int) -> Iterator[bytes]:
        """The file, in blocks."""
        plain = self._plain(lines)
        return _packed(plain) if self.gzipped else plain

    def _plain(self, lines: int) -> Iterator[bytes]:
        yield self.header.encode()
        for first in range(0, lines, LINES_AT_ONCE):
            numbers = range(first, min(first + LINES_AT_ONCE, lines))
            yield "".join(map(self.line, numbers)).encode()


def _packed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    packing = zlib.compressobj(6, wbits=zlib.MAX_WBITS | 16)
    for block in blocks:
        yield packing.compress(block)
    yield packing.flush()


def _csv(number: int) -> str:
    return f"{number},{number * 7919 % 100_000},item of customer {number % GROUPS}\n"


def _quoted(number: int) -> str:
    return f'{number},{number * 7919 % 100_000},"customer, {number % GROUPS}"\n'


def _jsonl(number: int) -> str:
    return json.dumps({"id": str(number), "amount": number * 7919 % 100_000, "note": "item of a customer"}) + "\n"


def _grouped(number: int) -> str:
    return f"{number},{number * 7919 % GROUPS},item of a customer\n"


def _flight(number: int) -> str:
    day, flight = divmod(number, 3000)
    month, day = divmod(day, 28)
    year, month = divmod(month, 12)
    return f"{2013 + year},{month + 1},{day + 1},517,515,UA,{flight},N{flight}UA,EWR,IAH,227,1400\n"


_HEADER = "id,amount,note\n"
KINDS = {
    "CSV, column id": Kind(BY_ID, "csv", _HEADER, _csv),
    "CSV with quotes": Kind(BY_ID, "csv", _HEADER, _quoted),
    "the sample's flights, an id of 7 columns": Kind(WORKERS[0], "csv", ",".join(COLUMNS) + "\n", _flight),
    "JSONL, field id": Kind(BY_ID, "jsonl", "", _jsonl),
    "CSV in gzip, rewritten": Kind(BY_ID, "csv", _HEADER, _csv, gzipped=True),
    "CSV with group_by, rewritten": Kind(BY_ID, "csv", _HEADER, _grouped, group_by="amount"),
}
PLAIN = "CSV, column id"

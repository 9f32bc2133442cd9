"""Real flights, appended by threads to their aircraft's streams through a faulty wire."""

import csv
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from domain.flight_record import flight, flight_id
from domain.log_flight import UNKNOWN_AIRCRAFT
from domain.logbook import AIRCRAFT, log
from tallygate.batch import Item
from tallygate.errors import TransientError
from tallygate.events import EventStore

THREADS = 16
Row = Mapping[str, str]


def rows_of(manifest: Path) -> list[Row]:
    """All rows."""
    with manifest.open(newline="") as table:
        return list(csv.DictReader(table))


def trouble_key(row: Row) -> str:
    """By what trouble.py knows a flight."""
    event = flight(Item(id="", data=row, line=1))
    return f"{event.carrier}/{event.flight}/{event.scheduled}/{event.origin}"


def append(store: EventStore, rows: Iterable[Row], pause: Callable[[], None] = lambda: None) -> None:
    """Append each flight once, whatever the wire does: the command's id is the flight's."""
    since = datetime.now(UTC)
    gone = threading.Event()

    def enter(row: Row) -> None:
        record, tail = flight(Item(id="", data=row, line=1)), row["tailnum"]
        pause()
        while not gone.is_set():
            try:
                store.execute(
                    AIRCRAFT,
                    UNKNOWN_AIRCRAFT if tail == "NA" else tail,
                    lambda logbook: log(logbook, record),
                    command_id=flight_id(row),
                    since=since,
                    deadline_seconds=20,
                )
            except TransientError:
                continue
            return

    with ThreadPoolExecutor(THREADS) as pool:
        try:
            for _ in pool.map(enter, rows):
                pass
        except BaseException:
            gone.set()
            raise

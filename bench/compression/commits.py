"""The commits that are compressed: real flight records, padded ones, and bytes that nothing compresses."""

import csv
import random
from collections.abc import Iterator
from itertools import islice

from bench.peers.payload import flight, traced_flight
from domain.flight_record import flight as event_of
from domain.logbook import AIRCRAFT
from local import flights
from tallygate.batch import Item
from tallygate.events import serializer
from tallygate.events.commit import StoredEvent

EVENTS = (1, 3, 5, 10, 20, 64)
SIZES = (800, 1_500, 2_000, 3_000, 4_000)
SAMPLES = 100
SKIPPED = 50_000  # rows that dictionaries are made of: no commit that is measured is in a dictionary


def workloads() -> dict[str, list[bytes]]:
    """Commits by what they are, `SAMPLES` of each; as JSON text, as they are stored without compression."""
    rows = list(islice(_rows(), SKIPPED, SKIPPED + SAMPLES * max(EVENTS)))
    dice = random.Random(1)
    found = {
        f"{count} flight{'s' * (count > 1)}": [_text(dice.sample(rows, count)) for _ in range(SAMPLES)]
        for count in EVENTS
    }
    padded = {f"1 event, {size} B of text": [_padded(n, size) for n in range(SAMPLES)] for size in SIZES}
    noise = [serializer.dump_events((StoredEvent("Traced", 1, traced_flight(n, 3_000)),)) for n in range(SAMPLES)]
    return found | padded | {"1 event, 3000 B of base64": noise}


def training() -> list[bytes]:
    """Commits that dictionaries are made of: other flights, of one event each."""
    return [_text([row]) for row in islice(_rows(), 0, SKIPPED, 50)]


def _padded(number: int, size: int) -> bytes:
    return serializer.dump_events((StoredEvent("FlightFlown", 1, flight(number, size)),))


def _text(rows: list[dict[str, str]]) -> bytes:
    return serializer.dump_events(tuple(AIRCRAFT.encode(event_of(Item("", row, 1))) for row in rows))


def _rows() -> Iterator[dict[str, str]]:
    yield from csv.DictReader(line.decode() for line in flights.lines())

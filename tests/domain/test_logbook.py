"""The aircraft logbook, the sample: from a flight record to an entry."""

import pytest

from domain import WORKERS
from domain.flight_record import COLUMNS, flight, flight_id
from domain.log_flight import CARRIER_LOGBOOK, LOGBOOK
from domain.logbook import AIRCRAFT, CARRIER, FlightCancelled, FlightFlown, Logbook
from tallygate.batch import Item
from tests.unit.batch.batches import MANIFEST, Bench

FLOWN = "2013,1,1,517,515,UA,1545,N14228,EWR,IAH,227,1400"
CANCELLED = "2013,1,2,NA,1630,EV,4308,N18120,EWR,RDU,NA,416"
NAMELESS = "2013,1,2,NA,1545,AA,133,NA,JFK,LAX,NA,2475"


def item(row: str) -> Item:
    data = dict(zip(COLUMNS, row.split(","), strict=True))
    return Item(flight_id(data), data, 2)


def test_an_item_is_a_scheduled_departure() -> None:
    assert item(FLOWN).id == "2013-01-01/UA1545/EWR/0515"


def test_a_flight_with_a_departure_was_flown() -> None:
    assert flight(item(FLOWN)) == FlightFlown("UA", 1545, "EWR", "IAH", "2013-01-01T05:15", 1400, 227)


def test_a_flight_without_one_was_cancelled_and_keeps_its_distance() -> None:
    assert flight(item(CANCELLED)) == FlightCancelled("EV", 4308, "EWR", "RDU", "2013-01-02T16:30", 416)


@pytest.mark.parametrize(
    ("worker", "aggregate", "streams"),
    [
        (LOGBOOK, AIRCRAFT, ["aircraft-N14228", "aircraft-N18120", "aircraft-unknown"]),
        (CARRIER_LOGBOOK, CARRIER, ["carrier-AA", "carrier-EV", "carrier-UA"]),
    ],
    ids=["by aircraft", "by carrier"],
)
def test_a_batch_of_flights_is_entered(worker: object, aggregate: object, streams: list[str]) -> None:
    bench = Bench()
    bench.workers = WORKERS
    rows = (",".join(COLUMNS), FLOWN, CANCELLED, NAMELESS)
    bench.objects.upload(MANIFEST, "".join(f"{row}\n" for row in rows).encode())
    assert worker in WORKERS
    bench.plan({"worker": getattr(worker, "name", "")})
    for task in bench.tasks():
        bench.work(task)
    assert [stream for stream in bench.log.streams() if not stream.startswith("batch-")] == streams
    store = bench.worker()._events
    if aggregate is AIRCRAFT:
        assert store.load(AIRCRAFT, "N14228").state == Logbook(flown=1, miles=1400)
        assert store.load(AIRCRAFT, "unknown").state == Logbook(cancelled=1)

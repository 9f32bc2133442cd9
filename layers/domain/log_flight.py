"""What happens to one item of a batch of flight records: it is entered into a logbook."""

from domain.flight_record import COLUMNS, NOT_KNOWN, flight, flight_id
from domain.logbook import AIRCRAFT, CARRIER, log
from tallygate.batch import Context, Item, Worker

UNKNOWN_AIRCRAFT = "unknown"  # one stream for all records without a tail number


def log_by_aircraft(item: Item, context: Context) -> None:
    """Enter the flight into its aircraft's logbook."""
    tail = item.data["tailnum"]
    record = flight(item)
    context.execute(AIRCRAFT, UNKNOWN_AIRCRAFT if tail == NOT_KNOWN else tail, lambda logbook: log(logbook, record))


def log_by_carrier(item: Item, context: Context) -> None:
    """Enter the flight into its carrier's logbook: 16 streams for all flights, so that many writers meet on each."""
    record = flight(item)
    context.execute(CARRIER, item.data["carrier"], lambda logbook: log(logbook, record))


LOGBOOK = Worker(name="logbook", process=log_by_aircraft, item_id=flight_id, columns=COLUMNS)
CARRIER_LOGBOOK = Worker(name="carrier_logbook", process=log_by_carrier, item_id=flight_id, columns=COLUMNS)

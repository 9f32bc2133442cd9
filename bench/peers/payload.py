"""The events that every store is given: flat flight records whose compact JSON has exactly the size asked for.

The same number gives the same record in every run and for every store. Values are ASCII text and whole numbers, which
all the stores' codecs keep as they are.
"""

import base64
import json
import random
from collections.abc import Iterable

Record = dict[str, str | int]

SMALL, MIDDLE, LARGE = 200, 800, 4096
SIZES = (SMALL, MIDDLE, LARGE)
TRACE = 25_000
"""Bytes of a flight with its recorder's trace: 60 of them are a stream that no single page of a query holds."""

_CARRIERS = ("UA", "AA", "B6", "DL", "EV", "MQ", "US", "WN", "9E", "FL")
_AIRPORTS = ("IAH", "MIA", "BQN", "ATL", "ORD", "FLL", "IAD", "MCO", "PBI", "TPA", "LAX", "SFO", "DFW", "BOS", "LAS")
_REMARKS = """
taxi hold gate delay runway wind gust crosswind deiced fuel uplift kg crew duty change alternate filed cleared
via departure sector slot revised pushback late inbound aircraft baggage offload two pallets catering short
visibility ceiling broken overcast light rain showers turbulence moderate reported FL350 climb descent vector
approach ILS 22L 31R 04L autoland stable go-around none MEL item 28-41-01 deferred tech log signed captain
first officer reserve
"""
_WORDS = _REMARKS.split()


def flight(number: int, size: int) -> Record:
    """Return flight `number`, padded with remarks such as dispatchers write: text, which compresses like text."""
    dice = random.Random(number)
    return _filled(_departure(number, dice), "remarks", _remarks(dice, size), size)


def traced_flight(number: int, size: int = TRACE) -> Record:
    """Return flight `number`, padded with a base64 trace: it stays over 1 MB in 60 flights when it is compressed."""
    dice = random.Random(number)
    return _filled(_departure(number, dice), "trace", base64.b64encode(dice.randbytes(size)).decode(), size)


def flights(numbers: Iterable[int], size: int) -> list[Record]:
    """Return a flight of `size` bytes for each number."""
    return [flight(number, size) for number in numbers]


def compact(record: Record) -> str:
    """Return the JSON whose bytes are counted."""
    return json.dumps(record, separators=(",", ":"))


def _departure(number: int, dice: random.Random) -> Record:
    return {
        "tailnum": f"N{dice.randrange(10_000, 99_999)}",
        "carrier": dice.choice(_CARRIERS),
        "flight": number,
        "origin": dice.choice(("EWR", "JFK", "LGA")),
        "dest": dice.choice(_AIRPORTS),
        "time_hour": f"2013-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}T{dice.randrange(5, 24):02}:00Z",
        "dep_time": dice.randrange(500, 2359),
        "distance": dice.randrange(94, 2586),
    }


def _remarks(dice: random.Random, size: int) -> str:
    return " ".join(dice.choices(_WORDS, k=size))


def _filled(record: Record, key: str, text: str, size: int) -> Record:
    room = size - len(compact({**record, key: ""}))
    if not 0 < room <= len(text):
        raise ValueError(f"a flight of {size} bytes can't be made: give {size - room + 1} or more")
    return {**record, key: text[:room]}

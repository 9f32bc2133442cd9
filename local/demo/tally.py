"""What the events table holds after a batch, read back commit by commit and counted without the library's help."""

import json
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.deployment import EVENTS_TABLE, Deployment
from local.flights import Truth

REPORTS = "batch-"
"""Streams of the batches' own events; everything else is the logbook."""
FLIGHTS = frozenset({"FlightFlown", "FlightCancelled"})


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Events of flights, their distances' sum, and the events of each stream."""

    events: int
    distance: int
    streams: Mapping[str, int]

    def differences(self, truth: Truth) -> list[str]:
        """Say where the table and the file disagree: nothing, if the count is exact."""
        pairs = (("events", self.events, truth.items), ("distance", self.distance, truth.distance))
        found = [f"{what}: {table} in the table, {file} in the file" for what, table, file in pairs if table != file]
        names = sorted(self.streams.keys() | truth.streams.keys())
        unequal = [name for name in names if self.streams.get(name, 0) != truth.streams.get(name, 0)]
        found += [
            f"{name}: {self.streams.get(name, 0)} events in the table, {truth.streams.get(name, 0)} rows in the file"
            for name in unequal[:5]
        ]
        return found + ([f"and {len(unequal) - 5} more streams"] if len(unequal) > 5 else [])


def read_back(deployment: Deployment) -> Tally:
    """Scan the events table, consistently, and count."""
    streams: Counter[str] = Counter()
    distance = 0
    pages = deployment.dynamodb.get_paginator("scan").paginate(TableName=EVENTS_TABLE, ConsistentRead=True)
    for item in (item for page in pages for item in page["Items"]):
        stream, version = item["pk"]["S"], int(item["sk"]["N"])
        if version < 1 or stream.startswith(REPORTS):  # a snapshot, or a report
            continue
        flown = flights(item)
        streams[stream] += len(flown)
        distance += sum(event["data"]["distance"] for event in flown)
    return Tally(events=streams.total(), distance=distance, streams=dict(streams))


def flights(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the flight events of one commit. Raises ValueError for a codec that this check does not know."""
    match item["codec"]["S"]:
        case "json":
            text = item["events"]["S"]
        case "json+zlib":
            text = zlib.decompress(item["events"]["B"])
        case codec:
            raise ValueError(f"the commit {item['commit_id']['S']} is stored as {codec!r}, which the demo can't read")
    return [event for event in json.loads(text) if event["type"] in FLIGHTS]

"""What the sample's views must come to, by a plain pass over the manifest and without the sample's own code."""

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from local.flights import aircraft_stream, carrier_stream

Sums = Mapping[str, int]
Views = Mapping[str, Mapping[str, Sums]]
"""By projection and by stream: what each stream adds to the totals. What is 0 is missing."""

FLEET, ROUTES, CARRIERS = "fleet-1", "routes-1", "carriers-1"
NOT_KNOWN = "NA"


def true_views(manifest: Path, *, hot: bool = False) -> Views:
    """Count each view of a manifest. `hot`: the streams are carriers, and only their projection has views."""
    fleet: dict[str, Counter[str]] = {}
    routes: dict[str, Counter[str]] = {}
    with manifest.open(newline="") as table:
        for row in csv.DictReader(table):
            stream = carrier_stream(row) if hot else aircraft_stream(row)
            for prefix in ("", f"{row['carrier']}/"):
                _count(fleet.setdefault(stream, Counter()), prefix, row)
            flown = routes.setdefault(stream, Counter())
            if row["dep_time"] != NOT_KNOWN:
                flown[f"{row['origin']}-{row['dest']}"] += 1
    if hot:
        return {FLEET: {}, ROUTES: {}, CARRIERS: fleet}
    return {FLEET: fleet, ROUTES: routes, CARRIERS: {}}


def _count(sums: Counter[str], prefix: str, row: Mapping[str, str]) -> None:
    if row["dep_time"] == NOT_KNOWN:
        sums[f"{prefix}cancelled"] += 1
        return
    sums[f"{prefix}flights"] += 1
    sums[f"{prefix}miles"] += int(row["distance"])
    if row["air_time"] != NOT_KNOWN:
        sums[f"{prefix}minutes"] += int(row["air_time"])


def summed(streams: Mapping[str, Sums]) -> Counter[str]:
    """Add up a projection's streams."""
    sums: Counter[str] = Counter()
    for one in streams.values():
        sums.update(one)
    return sums

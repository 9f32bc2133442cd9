"""What the views table holds, read back row by row and compared with the file without the library's help."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.deployment import EVENTS_TABLE, VIEWS_TABLE, Deployment
from local.view_truth import Sums, Views, summed

PATIENCE_SECONDS = 600.0
POLL_SECONDS = 0.5
SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Row:
    """A view: how far it has come, what it adds, and why it stands still (empty: it doesn't)."""

    version: int
    adds: Sums
    parked: str


@dataclass(frozen=True, kw_only=True)
class ReadModels:
    """All rows by consumer and stream, and the seconds they were waited for."""

    rows: Mapping[str, Mapping[str, Row]]
    heads: Mapping[str, int]
    seconds: float

    def differences(self, truth: Views) -> list[str]:
        """Say where views and file disagree: nothing, if they are exact."""
        found = []
        for consumer, streams in truth.items():
            rows = self.rows.get(consumer, {})
            if missing := len(streams.keys() - rows.keys()):
                found.append(f"{consumer}: {missing} of {len(streams)} views are missing")
            found += list(_unequal(consumer, rows, streams))[:SHOWN]
            if (ours := summed({stream: row.adds for stream, row in rows.items()})) != (file := summed(streams)):
                name = next(name for name in ours | file if ours[name] != file[name])
                found.append(f"{consumer}: {name} is {ours[name]} in the totals, {file[name]} in the file")
        return found + self.behind(truth)

    def behind(self, truth: Views) -> list[str]:
        """Say which consumers have not taken every commit."""
        return [
            f"{consumer}: {count} streams are behind"
            for consumer, count in _behind(self.rows, self.heads, truth)
            if count
        ]

    def sentences(self) -> Iterator[str]:
        """Tell the totals."""
        totals = {consumer: summed({s: row.adds for s, row in rows.items()}) for consumer, rows in self.rows.items()}
        fleet = totals.get("fleet-1") or totals.get("carriers-1") or summed({})
        yield f"the fleet: {_flown(fleet, '')}"
        carriers = {name.split("/")[0] for name in fleet if "/" in name}
        for carrier in sorted(carriers, key=lambda carrier: -fleet[f"{carrier}/flights"])[:SHOWN]:
            yield f"  carrier {carrier}: {_flown(fleet, f'{carrier}/')}"
        if routes := totals.get("routes-1"):
            busiest = ", ".join(f"{route} {flights}" for route, flights in routes.most_common(SHOWN))
            yield f"{len(routes)} routes, the busiest: {busiest}"


def read_back(deployment: Deployment, truth: Views, patience: float = PATIENCE_SECONDS) -> ReadModels:
    """Wait until every view of `truth` has come to the head of its stream, and return all of them.

    When patience ends they are returned as they are.
    """
    began = time.monotonic()
    heads = _heads(deployment)
    while True:
        rows = _rows(deployment)
        seconds = time.monotonic() - began
        if not any(count for _, count in _behind(rows, heads, truth)) or seconds > patience:
            return ReadModels(rows=rows, heads=heads, seconds=seconds)
        time.sleep(POLL_SECONDS)


def _heads(deployment: Deployment) -> dict[str, int]:
    heads: dict[str, int] = {}
    for item in _scan(deployment, EVENTS_TABLE, ProjectionExpression="pk, sk"):
        heads[item["pk"]["S"]] = max(int(item["sk"]["N"]), heads.get(item["pk"]["S"], 0))
    return heads


def _rows(deployment: Deployment) -> dict[str, dict[str, Row]]:
    rows: dict[str, dict[str, Row]] = {}
    for item in _scan(deployment, VIEWS_TABLE, ConsistentRead=True):
        consumer, _, bucket = item["pk"]["S"].partition("#")
        if not bucket.isdecimal():
            continue
        adds = {name: int(amount["N"]) for name, amount in item.get("contribution", {"M": {}})["M"].items()}
        parked = item.get("parked", {"M": {"error": {"S": ""}}})["M"]["error"]["S"]
        row = Row(version=int(item["version"]["N"]), adds=adds, parked=parked)
        rows.setdefault(consumer, {})[item["sk"]["S"]] = row
    return rows


def _scan(deployment: Deployment, table: str, **more: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    for page in deployment.dynamodb.get_paginator("scan").paginate(TableName=table, **more):
        yield from page["Items"]


def _behind(rows: Mapping[str, Mapping[str, Row]], heads: Mapping[str, int], truth: Views) -> Iterator[tuple[str, int]]:
    for consumer, streams in truth.items():
        found = rows.get(consumer, {})
        yield consumer, sum(stream not in found or found[stream].version < heads.get(stream, 0) for stream in streams)


def _unequal(consumer: str, rows: Mapping[str, Row], truth: Mapping[str, Sums]) -> Iterator[str]:
    for stream, row in rows.items():
        if row.parked:
            yield f"{consumer}: {stream} is parked: {row.parked}"
        elif dict(row.adds) != dict(truth.get(stream, {})):
            yield f"{consumer}: {stream} adds {dict(row.adds)}, the file says {dict(truth.get(stream, {}))}"


def _flown(sums: Mapping[str, int], prefix: str) -> str:
    flights, miles = sums.get(f"{prefix}flights", 0), sums.get(f"{prefix}miles", 0)
    hours, cancelled = sums.get(f"{prefix}minutes", 0) / 60, sums.get(f"{prefix}cancelled", 0)
    return f"{flights:,} flights, {hours:,.0f} hours, {miles:,} miles, {cancelled:,} cancelled"

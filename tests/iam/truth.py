"""What the events table and the views must come to, by a plain pass over the manifest and over what was strained."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local import flights, view_truth
from local.demo import read_models, tally
from local.deployment import EVENTS_TABLE, PREFIX
from local.emulator.process import ACCOUNT, REGION
from local.flights import Truth
from local.view_truth import CARRIERS, FLEET, ROUTES, Sums, Views
from tests.iam.world import World

OVERFLOW_BUCKET = f"{PREFIX}-overflow-{ACCOUNT}-{REGION}"
EVENTS_OF = {"fly": ("aircraft",), "cancel": ("aircraft",), "large": ("aircraft", "carrier")}


@dataclass
class Ledger:
    """Adds up what each batch must have done."""

    events: int = 0
    distance: int = 0
    streams: Counter[str] = field(default_factory=Counter)
    views: dict[str, dict[str, Counter[str]]] = field(default_factory=lambda: {FLEET: {}, ROUTES: {}, CARRIERS: {}})

    def flown(self, manifest: Path, *, hot: bool) -> None:
        """A batch over flight records."""
        truth = flights.truth(manifest, hot=hot)
        self._events(truth.streams, truth.distance)
        for consumer, streams in view_truth.true_views(manifest, hot=hot).items():
            for stream, sums in streams.items():
                self.views[consumer].setdefault(stream, Counter()).update(sums)

    def strained(self, name: str, acts: str) -> None:
        """A batch of `World.strain`."""
        for act, _, stream in (word.partition("@") for word in acts.split()):
            for category in EVENTS_OF.get(act, ()):
                self._one(category, f"{category}-{stream or name}", cancelled=act == "cancel")

    def differences(self, world: World, patience: float = 60.0) -> list[str]:
        """Say where tables and truth disagree: nothing, if they are exact."""
        truth = Truth(items=self.events, distance=self.distance, streams=dict(self.streams))
        views: Views = {consumer: {s: _plain(sums) for s, sums in of.items()} for consumer, of in self.views.items()}
        found = read_models.read_back(world.deployment, views, patience).differences(views)
        return stored(world).differences(truth) + found

    def _one(self, category: str, stream: str, *, cancelled: bool) -> None:
        self._events({stream: 1}, 1)
        names = ("cancelled",) if cancelled else ("flights", "miles", "minutes")
        sums = self.views[FLEET if category == "aircraft" else CARRIERS].setdefault(stream, Counter())
        for name in names:
            sums.update({name: 1, f"ZZ/{name}": 1})
        if category == "aircraft":
            self.views[ROUTES].setdefault(stream, Counter()).update({} if cancelled else {"AAA-BBB": 1})

    def _events(self, streams: Mapping[str, int], distance: int) -> None:
        self.streams.update(streams)
        self.events += sum(streams.values())
        self.distance += distance


def _plain(sums: Mapping[str, int]) -> Sums:
    return {name: amount for name, amount in sums.items() if amount}


def stored(world: World) -> tally.Tally:
    """The flights of the events table, with what lies in the overflow bucket."""
    deployment, streams, distance = world.deployment, Counter[str](), 0
    for page in deployment.dynamodb.get_paginator("scan").paginate(TableName=EVENTS_TABLE, ConsistentRead=True):
        for item in page["Items"]:
            stream, version = item["pk"]["S"], int(item["sk"]["N"])
            if version >= 1 and not stream.startswith(tally.REPORTS):
                flown = tally.flights(_whole(world, item))
                streams[stream] += len(flown)
                distance += sum(event["data"]["distance"] for event in flown)
    return tally.Tally(events=streams.total(), distance=distance, streams=dict(streams))


def _whole(world: World, item: Mapping[str, Any]) -> Mapping[str, Any]:
    if "overflow" not in item:
        return item
    body = world.deployment.s3.get_object(Bucket=OVERFLOW_BUCKET, Key=item["overflow"]["S"])["Body"].read()
    return {**item, "events": {"B": body} if item["codec"]["S"] == "json+zlib" else {"S": body.decode()}}

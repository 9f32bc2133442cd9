"""Tallygate: `python -m bench.peers.drivers.tallygate ENDPOINT TABLE`."""

import sys
from dataclasses import dataclass
from typing import Any

import boto3

from bench.peers.drivers.loop import Record, serve
from bench.peers.drivers.tally import Tally
from tallygate.events import Aggregate, EventStore, Loaded, VersionConflict
from tallygate.events.dynamodb import DynamoDBCommitLog
from tests.tables import create_events_table


@dataclass(frozen=True)
class Flown:
    record: dict[str, Any]


def evolve(state: Tally, event: Flown) -> Tally:
    return state.after(event.record)


AIRCRAFT = Aggregate(category="aircraft", initial=Tally(), evolve=evolve, events=(Flown,))


class TallygateStore:
    conflicts = (VersionConflict,)
    duplicates = ()

    def __init__(self, endpoint: str, table: str) -> None:
        self._client = boto3.client("dynamodb", endpoint_url=endpoint)
        self._table = table
        self._store = EventStore(DynamoDBCommitLog(table, self._client))

    def create(self) -> None:
        create_events_table(self._client, self._table)

    def load(self, stream: str) -> Loaded[Tally]:
        return self._store.load(AIRCRAFT, stream)

    def append(self, held: Loaded[Tally], record: Record) -> Loaded[Tally]:
        return self._store.append(held, [Flown(record)])

    def tally(self, held: Loaded[Tally]) -> Tally:
        return held.state


if __name__ == "__main__":
    serve(TallygateStore(*sys.argv[1:]), "boto3")

"""aett on DynamoDB: `python -m bench.peers.drivers.aett ENDPOINT TABLE`, in its own environment.

As its documents have it: an aggregate, its repository, the tables made by its PersistenceManagement. Its only way to
an endpoint of one's own is the region `localhost` with a port.
"""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from aett.domain import (  # type: ignore[import-not-found]
    Aggregate,
    ConflictingCommitException,
    DefaultAggregateRepository,
    DuplicateCommitException,
    NonConflictingCommitException,
)
from aett.eventstore import DomainEvent, Memento, TopicMap  # type: ignore[import-not-found]
from aett.storage.synchronous.dynamodb.commit_store import CommitStore  # type: ignore[import-not-found]
from aett.storage.synchronous.dynamodb.persistence_management import (  # type: ignore[import-not-found]
    PersistenceManagement,
)
from aett.storage.synchronous.dynamodb.snapshot_store import SnapshotStore  # type: ignore[import-not-found]

from bench.peers.drivers.loop import Record, serve
from bench.peers.drivers.tally import Tally


class Flown(DomainEvent):  # type: ignore[misc]
    record: dict[str, Any]


class AircraftMemento(Memento):  # type: ignore[misc]
    payload: dict[str, Any]


class Aircraft(Aggregate):  # type: ignore[misc]
    state = Tally()

    def fly(self, record: Record) -> None:
        now = datetime.now(UTC)
        self.raise_event(Flown(source=self.id, timestamp=now, version=self.version + 1, record=record))

    def apply_memento(self, memento: AircraftMemento) -> None:
        self.state = Tally(**memento.payload)

    def get_memento(self) -> AircraftMemento:
        return AircraftMemento(id=self.id, version=self.version, payload=asdict(self.state))

    def _apply(self, event: Flown) -> None:
        self.state = self.state.after(event.record)


class AettStore:
    conflicts = (ConflictingCommitException, NonConflictingCommitException)
    duplicates = (DuplicateCommitException,)

    def __init__(self, endpoint: str, table: str) -> None:
        self._local = {"region": "localhost", "port": urlsplit(endpoint).port}
        self._table, self._snapshots = table, f"{table}-snapshots"
        self._aircraft = DefaultAggregateRepository(
            "bench",
            store=CommitStore(topic_map=TopicMap().register(Flown), table_name=table, **self._local),
            snapshot_store=SnapshotStore(table_name=self._snapshots, **self._local),
        )

    def create(self) -> None:
        PersistenceManagement(
            commits_table_name=self._table, snapshots_table_name=self._snapshots, **self._local
        ).initialize()

    def load(self, stream: str) -> Aircraft:
        aircraft: Aircraft = self._aircraft.get(Aircraft, stream)
        return aircraft

    def append(self, held: Aircraft, record: Record) -> Aircraft:
        held.fly(record)
        self._aircraft.save(held)
        # An aggregate can be saved once; the next one is made by the public constructor, which spares it a reload.
        return Aircraft(held.id, held.commit_sequence + 1, held.get_memento())

    def tally(self, held: Aircraft) -> Tally:
        return held.state


if __name__ == "__main__":
    serve(AettStore(*sys.argv[1:]), "aett", "boto3")

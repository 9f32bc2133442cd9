"""eventsourcing-dynamodb: `python -m bench.peers.drivers.eventsourcing ENDPOINT TABLE`, in its own environment.

As its README has it: an Application whose persistence module is chosen by environment variables. It makes no table;
this one has the keys that its recorder writes and queries. An aggregate begins with an event of its own.
"""

import sys
import warnings
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import boto3
from eventsourcing.application import AggregateNotFoundError, Application  # type: ignore[import-not-found]
from eventsourcing.domain import Aggregate, event  # type: ignore[import-not-found]
from eventsourcing.persistence import IntegrityError  # type: ignore[import-not-found]

from bench.peers.drivers.loop import Record, serve
from bench.peers.drivers.tally import Tally


class Aircraft(Aggregate):  # type: ignore[misc]
    @event("Registered")  # type: ignore[untyped-decorator]
    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.state = Tally()

    @staticmethod
    def create_id(stream: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"/aircraft/{stream}")

    @event("Flown")  # type: ignore[untyped-decorator]
    def fly(self, record: dict[str, Any]) -> None:
        self.state = self.state.after(record)


class EventsourcingStore:
    conflicts = (IntegrityError,)  # what its recorders raise for a version that is taken
    duplicates = ()

    def __init__(self, endpoint: str, table: str) -> None:
        self._endpoint, self._table = endpoint, table
        chosen = {
            "PERSISTENCE_MODULE": "eventsourcing_dynamodb",
            "DYNAMO_ENDPOINT_URL": endpoint,
            "DYNAMO_TABLE": table,
        }
        self._logbook: Any = Application(env=chosen)

    def create(self) -> None:
        boto3.client("dynamodb", endpoint_url=self._endpoint).create_table(
            TableName=self._table,
            KeySchema=[
                {"AttributeName": "originator_id", "KeyType": "HASH"},
                {"AttributeName": "originator_version", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "originator_id", "AttributeType": "S"},
                {"AttributeName": "originator_version", "AttributeType": "N"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )

    def load(self, stream: str) -> Aircraft:
        try:
            aircraft: Aircraft = self._logbook.repository.get(Aircraft.create_id(stream))
        except AggregateNotFoundError:
            aircraft = Aircraft(stream)
            self._logbook.save(aircraft)
        return aircraft

    def append(self, held: Aircraft, record: Record) -> Aircraft:
        held.fly(record)
        self._logbook.save(held)
        return held

    def tally(self, held: Aircraft) -> Tally:
        state: Tally = held.state
        return state


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    serve(EventsourcingStore(*sys.argv[1:]), "eventsourcing-dynamodb", "eventsourcing", "boto3")

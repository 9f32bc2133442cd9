"""Makes the manifest record of a generation: checks the items, cuts them into chunks, writes the chunk index."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec

from tallygate.batch.chunk_index import rows
from tallygate.batch.errors import BadInput
from tallygate.batch.objects import ObjectStore
from tallygate.batch.plan.location import Location
from tallygate.batch.plan.manifest_reading import ManifestReading
from tallygate.batch.plan.scratch import Scratch
from tallygate.batch.records import Manifest
from tallygate.batch.worker import Worker

CHUNKS_PER_SHARD = 1000
MAX_SHARDS = 64
MAX_CHUNKS = 20_000  # what the gatekeeper reads at each poll


class Generation(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be made.

    Parameters
    ----------
    batch : str
    number : int
    manifest : Location
        Where the items are.
    parameters : mapping
        As they are kept in the record.
    since, started : datetime
        When the batch and this generation were planned, UTC.
    planned_by : str
        The execution that asks.
    max_items : int or None
        More are refused.
    """

    batch: str
    number: int
    manifest: Location
    parameters: Mapping[str, Any]
    since: datetime
    started: datetime
    planned_by: str
    max_items: int | None = None


class ManifestMaker:
    """Makes manifest records.

    Parameters
    ----------
    objects : ObjectStore
    workers : sequence of Worker
        What the domain offers.
    """

    def __init__(self, objects: ObjectStore, workers: Sequence[Worker]) -> None:
        self._objects = objects
        self._workers = {worker.name: worker for worker in workers}

    def make(self, wanted: Generation) -> Manifest:
        """The manifest record. Objects are written, but nothing that counts.

        Raises
        ------
        BadInput
            The items can't be read, or something is wrong with them.
        Unavailable
        """
        reading = ManifestReading(
            self._objects,
            self._workers[wanted.parameters["worker"]],
            chunk_size=wanted.parameters["chunk_size"],
            max_chunks=MAX_CHUNKS,
            max_items=wanted.max_items,
            scratch=Scratch(),
            format=wanted.manifest.format,
            gzipped=wanted.manifest.gzipped,
            group_by=wanted.parameters.get("group_by"),
        )
        prefix = f"batches/{wanted.batch}/g{wanted.number}/"
        opened = self._objects.open(wanted.manifest)
        try:
            read = reading.read(opened, prefix=prefix)
        except BadInput as exc:
            raise BadInput(f"{wanted.manifest}: {exc}") from exc
        # Under a key of its own: of two plans at once for one name, the loser's index must not replace the winner's.
        index = self._objects.write(f"{prefix}index-{uuid4()}.json", rows(read.chunks))
        return Manifest(
            batch=wanted.batch,
            generation=wanted.number,
            items=read.items,
            chunk_size=wanted.parameters["chunk_size"],
            chunks=len(read.chunks),
            shards=shards(len(read.chunks)),
            columns=read.columns,
            source=read.source,
            index=index,
            since=wanted.since,
            started=wanted.started,
            deadline=wanted.started + timedelta(minutes=wanted.parameters["deadline_minutes"]),
            parameters=wanted.parameters,
            planned_by=wanted.planned_by,
        )


def shards(chunks: int) -> int:
    """Over how many partition keys the chunk records are spread: each takes 1,000 write units a second."""
    return min(MAX_SHARDS, -(-chunks // CHUNKS_PER_SHARD))

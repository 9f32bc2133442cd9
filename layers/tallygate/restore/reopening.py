"""Batches that counted as done what a restore has lost: their chunks are made uncertain again, for a redrive.

A chunk record says DONE when the effects of its items are durable. If it was put after the time of the restore, some
of its commits may be lost, and nobody can tell from the record which. So it becomes ABANDONED, which means what is true
now: outcome unknown until redriven. The redrive finds the commits that survived by their command ids, `batch/item`, and
makes the others: exact again, whatever of them was lost. The one place where a record that counts is written over.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from msgspec.structs import replace

from tallygate.batch.records import ChunkRecord, Manifest, Outcome
from tallygate.deadline import Deadline

CLOCKS = timedelta(minutes=5)  # by which the clocks of workers and of DynamoDB may differ, as for commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A chunk's record, and whose it is."""

    manifest: Manifest
    record: ChunkRecord


class Records(Protocol):
    """The records of all batches."""

    def chunks(self, until: Deadline) -> Iterable[Place]:
        """Every chunk record, of all generations, in no order."""

    def manifest(self, batch: str, generation: int, until: Deadline) -> Manifest | None:
        """A generation's manifest as it is now, or None if it isn't planned."""

    def doubt(self, place: Place, now: datetime, until: Deadline) -> None:
        """Put ABANDONED in the place of the record, unless another one stands there."""

    def forget_report(self, manifest: Manifest, until: Deadline) -> None:
        """Remove the generation's report: it is made anew from the records."""


@dataclass(slots=True)
class Reopened:
    """A batch that counted what may be lost.

    Parameters
    ----------
    places : list of Place
        Of its last generation.
    earlier : int
        Chunks of generations before it, which can't be redriven any more.
    """

    name: str
    places: list[Place] = field(default_factory=list)
    earlier: int = 0

    @property
    def items(self) -> int:
        """How many items were taken for done."""
        return sum(place.record.ok for place in self.places)


def uncertain(records: Records, at: datetime, before: datetime, until: Deadline) -> dict[str, Reopened]:
    """The batches with chunks that were done after the time of a restore, by name.

    Parameters
    ----------
    records : Records
    at : datetime
        To which the events table was restored, UTC.
    before : datetime
        When the environment was switched to it, UTC, or later: chunks that are done since are certain.
    """
    found: dict[str, list[Place]] = {}
    for place in records.chunks(until):
        if place.record.outcome is Outcome.DONE and place.record.ok and at - CLOCKS < place.record.at <= before:
            found.setdefault(place.manifest.batch, []).append(place)
    return {
        batch: _reopened(batch, places, _newest(batch, places, records, until))
        for batch, places in sorted(found.items())
    }


def reopen(batches: Mapping[str, Reopened], records: Records, now: datetime, until: Deadline) -> None:
    """Make their chunks uncertain. May be broken off and repeated: what is done is not found again."""
    for batch in batches.values():
        last = {(place.manifest.batch, place.manifest.generation): place.manifest for place in batch.places}
        # Before them, so that a repetition finds no less to do; after them, should somebody have reported meanwhile.
        for manifest in last.values():
            records.forget_report(manifest, until)
        for place in batch.places:
            records.doubt(place, now, until)
        for manifest in last.values():
            records.forget_report(manifest, until)


def doubted(record: ChunkRecord, now: datetime) -> ChunkRecord:
    """The record that says of all its items that their outcome is unknown."""
    return replace(
        record,
        outcome=Outcome.ABANDONED,
        attempt=f"restored {record.attempt}",
        ok=0,
        failed=0,
        abandoned=record.ok + record.failed + record.abandoned,
        failures=(),
        failures_key="",
        at=now,
    )


def lines(batches: Mapping[str, Reopened], *, done: bool) -> Iterator[str]:
    """What was found, in words."""
    for name, batch in batches.items():
        if batch.places:
            verb = "are uncertain again" if done else "would be uncertain again (--yes)"
            yield f"{name}: {batch.items:,} items in {len(batch.places):,} chunks {verb}"
        if batch.earlier:
            yield (
                f"{name}: {batch.earlier:,} chunks of earlier generations stay as they are: see in what is lost which "
                "of their items to run as a new batch"
            )
        if batch.places and done:
            manifest = batch.places[0].manifest
            if manifest.generation:  # the input that began the batch leads to its generation 0
                yield f'  {{"redrive": "{name}"}} twice: the first reports generation {manifest.generation} anew'
                continue
            yield f'  start it again as it was (name "{name}"), which reports anew; then {{"redrive": "{name}"}}'
            yield f"  its input was {dict(manifest.parameters)}"
    if not batches:
        yield "no batch has counted anything that may be lost (nor in the five minutes before that time)"


# A redrive is planned from the report of the generation before, and needs it in the end. So the last generation is the
# last that is planned, though none of its chunks has a record yet: before it, nothing is made anew any more.
def _newest(batch: str, places: Collection[Place], records: Records, until: Deadline) -> int:
    newest = max(place.manifest.generation for place in places)
    while records.manifest(batch, newest + 1, until):
        newest += 1
    return newest


def _reopened(batch: str, places: list[Place], newest: int) -> Reopened:
    last = [place for place in places if place.manifest.generation == newest]
    return Reopened(batch, last, len(places) - len(last))

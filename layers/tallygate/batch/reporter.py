"""The report: the fold over the chunk records, checked, put once, and told to the event store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from tallygate import clock
from tallygate.batch.errors import InvariantBroken, UnknownBatch
from tallygate.batch.objects import ObjectStore
from tallygate.batch.records import ChunkRecord, Manifest, Report, Source, Status
from tallygate.batch.remaining import Remaining, Unplaced
from tallygate.batch.store import BatchStore
from tallygate.batch.tally import Tally
from tallygate.events import Aggregate, EventStore


@dataclass(frozen=True)
class BatchReported:
    """A generation of a batch has ended. The last one of a generation counts. The names are the storage format."""

    batch: str
    generation: int
    items: int
    ok: int
    failed: int
    abandoned: int


def _by_generation(told: Mapping[int, BatchReported], event: BatchReported) -> Mapping[int, BatchReported]:
    return {**told, event.generation: event}


BATCH: Aggregate[Mapping[int, BatchReported]] = Aggregate(
    category="batch",
    initial=MappingProxyType({}),
    evolve=_by_generation,
    events=(BatchReported,),
    fold=2,
    snapshots=False,  # some events a batch
)


class Reporter:
    """Reports batches.

    Parameters
    ----------
    records, objects : BatchStore, ObjectStore
    events : EventStore
        Where `BatchReported` is appended, on the stream `batch-<id>`.
    now : callable
        The wall clock, UTC.
    """

    def __init__(
        self, records: BatchStore, objects: ObjectStore, events: EventStore, *, now: clock.Clock = clock.utc_now
    ) -> None:
        self._records = records
        self._objects = objects
        self._events = events
        self._now = now

    def report(self, batch: str, generation: int) -> dict[str, Any]:
        """The totals, and where to find what is left. The same however often it is called.

        Raises
        ------
        InvariantBroken
            A chunk has no record, or the totals don't add up to the number of items.
        UnknownBatch, TransientError
        """
        manifest = self._records.manifest(batch, generation)
        if manifest is None:
            raise UnknownBatch(f"batch {batch!r} has no manifest of generation {generation}: plan it first")
        told = self._records.report(manifest, consistent=False)
        report = told or self._records.put_report(manifest, self._made(manifest))
        self._tell(manifest, report)
        return _state(manifest, report)

    def _made(self, manifest: Manifest) -> Report:
        records = list(self._records.chunks(manifest, consistent=True))
        tally = Tally.of(records)
        _check(manifest, records, tally)
        remaining, failures_key = self._left(manifest, records)
        before = self._before(manifest)
        return Report(
            batch=manifest.batch,
            generation=manifest.generation,
            items=manifest.items,
            ok=tally.ok,
            failed=tally.failed,
            abandoned=tally.abandoned,
            status=self._status(manifest, tally),
            batch_items=before.batch_items if before else manifest.items,
            batch_ok=tally.ok + (before.batch_ok if before else 0),
            remaining=remaining,
            failures_key=failures_key,
            at=self._now(),
        )

    def _status(self, manifest: Manifest, tally: Tally) -> Status:
        if tally.ok == manifest.items:
            return Status.COMPLETE
        return Status.CANCELLED if self._records.cancellation(manifest) else Status.PARTIAL

    def _before(self, manifest: Manifest) -> Report | None:
        """The report of the generation before; a redrive is not planned without it."""
        if manifest.generation == 0:
            return None
        older = self._records.manifest(manifest.batch, manifest.generation - 1)
        report = self._records.report(older) if older else None
        if report is None:
            raise InvariantBroken(
                f"batch {manifest.batch} has generation {manifest.generation}, but no report of the one before: keep "
                "the batches table and report this"
            )
        return report

    def _left(self, manifest: Manifest, records: Sequence[ChunkRecord]) -> tuple[Source | None, str]:
        """Where the lines and the errors of what is left were written."""
        left = Remaining(self._objects, manifest, records)
        if left.empty:
            return None, ""
        # Keys of their own: of two reports at once, the one that loses must not replace what the winner points to.
        key = f"batches/{manifest.batch}/g{manifest.generation}/remaining-{uuid4()}"
        errors = self._objects.write(f"{key}-errors.jsonl", left.failures()).key
        try:
            return self._objects.write(f"{key}.{'csv' if manifest.columns else 'jsonl'}", left.lines()), errors
        except Unplaced:
            return None, errors

    def _tell(self, manifest: Manifest, report: Report) -> None:
        # Sent on every try: by its command id it is stored once.
        told = self._told(manifest, report, f"{report.batch}/g{report.generation}/report")
        if told == _event(report):
            return
        # A batch that a restore of the events table reopened: the event of the report that it had before has survived.
        # Read again, because this process may have slept since it read the one, and must not tell it after the other.
        if standing := self._records.report(manifest):
            self._told(manifest, standing, f"{report.batch}/g{report.generation}/report/{clock.to_text(standing.at)}")

    def _told(self, manifest: Manifest, report: Report, command_id: str) -> BatchReported | None:
        """Tell it unless the command was carried out; the last that the generation has told then."""
        event = _event(report)
        executed = self._events.execute(
            BATCH,
            report.batch,
            lambda told: [] if told.get(report.generation) == event else [event],
            command_id=command_id,
            since=manifest.started,
        )
        return executed.state.get(report.generation)


def _event(report: Report) -> BatchReported:
    return BatchReported(report.batch, report.generation, report.items, report.ok, report.failed, report.abandoned)


def _check(manifest: Manifest, records: Sequence[ChunkRecord], tally: Tally) -> None:
    chunks = len({record.i for record in records})
    if chunks != manifest.chunks or tally.items != manifest.items:
        raise InvariantBroken(
            f"batch {manifest.batch} generation {manifest.generation}: "
            f"{chunks} of {manifest.chunks} chunks are recorded, "
            f"ok {tally.ok} + failed {tally.failed} + abandoned {tally.abandoned}, items {manifest.items}. "
            "Keep the batches table and report this"
        )


def _state(manifest: Manifest, report: Report) -> dict[str, Any]:
    return {
        "batch": report.batch,
        "generation": report.generation,
        "status": report.status,
        "items": report.items,
        "ok": report.ok,
        "failed": report.failed,
        "abandoned": report.abandoned,
        "batch_items": report.batch_items,
        "batch_ok": report.batch_ok,
        "remaining": f"s3://{report.remaining.bucket}/{report.remaining.key}" if report.remaining else None,
        "errors": f"s3://{manifest.index.bucket}/{report.failures_key}" if report.failures_key else None,
        "on_incomplete": manifest.parameters["on_incomplete"],
        "reported": clock.to_text(report.at),
    }

"""The report: the fold over the chunk records, checked, put once, and told to the event store."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from tallygate import clock
from tallygate.batch.errors import InvariantBroken, UnknownBatch
from tallygate.batch.records import ChunkRecord, Manifest, Report
from tallygate.batch.store import BatchStore
from tallygate.events import Aggregate, EventStore


@dataclass(frozen=True)
class BatchReported:
    """A generation of a batch has ended. The names are the storage format."""

    batch: str
    generation: int
    items: int
    ok: int
    failed: int
    abandoned: int


def _latest(_state: BatchReported | None, event: BatchReported) -> BatchReported:
    return event


BATCH: Aggregate[BatchReported | None] = Aggregate(
    category="batch", initial=None, evolve=_latest, events=(BatchReported,)
)


class Reporter:
    """Reports batches.

    Parameters
    ----------
    records : BatchStore
    events : EventStore
        Where `BatchReported` is appended, on the stream `batch-<id>`.
    now : callable
        The wall clock, UTC.
    """

    def __init__(self, records: BatchStore, events: EventStore, *, now: clock.Clock = clock.utc_now) -> None:
        self._records = records
        self._events = events
        self._now = now

    def report(self, batch: str, generation: int) -> dict[str, Any]:
        """The totals. The same however often it is called.

        Raises
        ------
        InvariantBroken
            A chunk has no record, or the totals don't add up to the number of items.
        UnknownBatch, TransientError
        """
        manifest = self._records.manifest(batch, generation)
        if manifest is None:
            raise UnknownBatch(f"batch {batch!r} has no manifest of generation {generation}: plan it first")
        report = self._records.put_report(manifest, self._fold(manifest))
        self._tell(manifest, report)
        return _state(manifest, report)

    def _fold(self, manifest: Manifest) -> Report:
        records = list(self._records.chunks(manifest, consistent=True))
        empty = Report(
            batch=manifest.batch,
            generation=manifest.generation,
            items=manifest.items,
            ok=0,
            failed=0,
            abandoned=0,
            at=self._now(),
        )
        report = reduce(_add, records, empty)
        _check(manifest, records, report)
        return report

    def _tell(self, manifest: Manifest, report: Report) -> None:
        # Sent on every try: by its command id it is stored once.
        event = BatchReported(report.batch, report.generation, report.items, report.ok, report.failed, report.abandoned)
        self._events.execute(
            BATCH,
            report.batch,
            lambda _state: [event],
            command_id=f"{report.batch}/g{report.generation}/report",
            since=manifest.started,
        )


def _add(report: Report, record: ChunkRecord) -> Report:
    return replace(
        report,
        ok=report.ok + record.ok,
        failed=report.failed + record.failed,
        abandoned=report.abandoned + record.abandoned,
    )


def _check(manifest: Manifest, records: Sequence[ChunkRecord], report: Report) -> None:
    chunks = len({record.i for record in records})
    if chunks != manifest.chunks or report.ok + report.failed + report.abandoned != manifest.items:
        raise InvariantBroken(
            f"batch {manifest.batch} generation {manifest.generation}: "
            f"{chunks} of {manifest.chunks} chunks are recorded, "
            f"ok {report.ok} + failed {report.failed} + abandoned {report.abandoned}, items {manifest.items}. "
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
        "on_incomplete": manifest.parameters["on_incomplete"],
        "reported": clock.to_text(report.at),
    }

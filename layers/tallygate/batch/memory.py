"""The in-memory twin of the batch store."""

import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar, cast

from msgspec.structs import replace

from tallygate.batch.records import Cancellation, ChunkRecord, Manifest, Progress, Report
from tallygate.batch.work.handover import Handover

R = TypeVar("R", Manifest, ChunkRecord, Cancellation, Report)


class MemoryBatchStore:
    """Records in dictionaries, one lock. Same answers as the DynamoDB adapter: one contract suite runs on both."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: dict[tuple[str, int, str], Any] = {}
        self._progress: dict[tuple[str, int, int], Progress] = {}

    def put_manifest(self, manifest: Manifest) -> Manifest:
        """See `BatchStore.put_manifest`."""
        return self._put(manifest, "manifest", manifest)

    def manifest(self, batch: str, generation: int) -> Manifest | None:
        """See `BatchStore.manifest`."""
        with self._lock:
            return cast("Manifest | None", self._records.get((batch, generation, "manifest")))

    def put_chunk(self, manifest: Manifest, record: ChunkRecord) -> ChunkRecord:
        """See `BatchStore.put_chunk`."""
        return self._put(manifest, f"chunk#{record.i}", record)

    def chunk(self, manifest: Manifest, i: int) -> ChunkRecord | None:
        """See `BatchStore.chunk`."""
        with self._lock:
            return cast("ChunkRecord | None", self._records.get((manifest.batch, manifest.generation, f"chunk#{i}")))

    def chunks(self, manifest: Manifest, *, consistent: bool = False) -> Iterator[ChunkRecord]:
        """See `BatchStore.chunks`."""
        found = (self.chunk(manifest, i) for i in range(manifest.chunks))
        return (record for record in found if record is not None)

    def take_lease(
        self, manifest: Manifest, i: int, *, attempt: str, now: datetime, until: datetime
    ) -> Progress | None:
        """See `BatchStore.take_lease`."""
        with self._lock:
            held = self._held(manifest, i)
            if held.lease_until is not None and held.lease_until >= now and held.attempt != attempt:
                return None
            self._keep(manifest, replace(held, attempt=attempt, attempts=held.attempts + 1, lease_until=until))
            return held

    def checkpoint(
        self, manifest: Manifest, i: int, *, attempt: str, handover: Handover, until: datetime | None
    ) -> bool:
        """See `BatchStore.checkpoint`."""
        with self._lock:
            held = self._held(manifest, i)
            if held.attempt != attempt:
                return False
            self._keep(manifest, replace(held, handover=handover, lease_until=until))
            return True

    def progress(self, manifest: Manifest) -> Iterator[Progress]:
        """See `BatchStore.progress`."""
        key = (manifest.batch, manifest.generation)
        with self._lock:
            return iter([held for (*batch, _), held in self._progress.items() if tuple(batch) == key])

    def take_dispatch(self, manifest: Manifest, i: int, *, now: datetime, next_at: datetime) -> bool:
        """See `BatchStore.take_dispatch`."""
        with self._lock:
            held = self._held(manifest, i)
            if any(at is not None and at >= now for at in (held.lease_until, held.next_at)):
                return False
            self._keep(manifest, replace(held, dispatches=held.dispatches + 1, next_at=next_at))
            return True

    def put_cancellation(self, manifest: Manifest, cancellation: Cancellation) -> Cancellation:
        """See `BatchStore.put_cancellation`."""
        return self._put(manifest, "cancel", cancellation)

    def cancellation(self, manifest: Manifest) -> Cancellation | None:
        """See `BatchStore.cancellation`."""
        with self._lock:
            return cast("Cancellation | None", self._records.get((manifest.batch, manifest.generation, "cancel")))

    def put_report(self, manifest: Manifest, report: Report) -> Report:
        """See `BatchStore.put_report`."""
        return self._put(manifest, "report", report)

    def report(self, manifest: Manifest, *, consistent: bool = True) -> Report | None:
        """See `BatchStore.report`."""
        with self._lock:
            return cast("Report | None", self._records.get((manifest.batch, manifest.generation, "report")))

    def _put(self, manifest: Manifest, name: str, record: R) -> R:
        with self._lock:
            return cast("R", self._records.setdefault((manifest.batch, manifest.generation, name), record))

    def _held(self, manifest: Manifest, i: int) -> Progress:
        return self._progress.get((manifest.batch, manifest.generation, i), Progress(i=i))

    def _keep(self, manifest: Manifest, held: Progress) -> None:
        self._progress[manifest.batch, manifest.generation, held.i] = held

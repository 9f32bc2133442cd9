"""The batch store's twin behind a wire: each call is a switch point, and each can go wrong."""

from collections.abc import Callable, Hashable, Iterator
from datetime import datetime
from typing import TypeVar

from local.simulation import Kind
from tallygate.batch.memory import MemoryBatchStore
from tallygate.batch.records import Cancellation, ChunkRecord, Manifest, Progress, Report
from tallygate.batch.work.handover import Handover
from tests.simulation.calls import Calls

T = TypeVar("T")
Lagging = Callable[[Hashable, object], object]  # (key, newest) -> what a replica has

PAGE = 2  # records in a page of a query


def as_ever(_key: Hashable, newest: object) -> object:
    """A replica that doesn't lag."""
    return newest


class SimulatedBatchStore:
    """`BatchStore` for actors, over a `MemoryBatchStore` that they share.

    Parameters
    ----------
    memory : MemoryBatchStore
    calls : Calls
    lagging : callable
        What an eventually consistent read finds that is told to be stale.
    wrote : callable
        Called with the key and what stood under it, before each write.
    page : int
        Records in a page of a query; others may write between two pages.
    """

    def __init__(
        self,
        memory: MemoryBatchStore,
        calls: Calls,
        *,
        lagging: Lagging = as_ever,
        wrote: Callable[[Hashable, object], None] = lambda _key, _before: None,
        page: int = PAGE,
    ) -> None:
        self._memory = memory
        self._calls = calls
        self._lagging = lagging
        self._wrote = wrote
        self._page = page

    def put_manifest(self, manifest: Manifest) -> Manifest:
        """See `BatchStore.put_manifest`."""
        return self._calls.resend(
            f"put manifest {manifest.batch} g{manifest.generation}", lambda: self._memory.put_manifest(manifest)
        )

    def manifest(self, batch: str, generation: int) -> Manifest | None:
        """See `BatchStore.manifest`."""
        return self._calls.resend(
            f"get manifest {batch} g{generation}", lambda: self._memory.manifest(batch, generation), kind=Kind.READ
        )

    def put_chunk(self, manifest: Manifest, record: ChunkRecord) -> ChunkRecord:
        """See `BatchStore.put_chunk`."""

        def act() -> ChunkRecord:
            self._wrote(_key(manifest, "chunk", record.i), self._memory.chunk(manifest, record.i))
            return self._memory.put_chunk(manifest, record)

        errors = "".join(f", {failure.id}: {failure.error}" for failure in record.failures)
        return self._calls.resend(f"put {record.outcome} {_name(manifest, record.i)}{errors}", act)

    def chunk(self, manifest: Manifest, i: int) -> ChunkRecord | None:
        """See `BatchStore.chunk`."""
        return self._calls.resend(
            f"get {_name(manifest, i)}",
            lambda: self._memory.chunk(manifest, i),
            kind=Kind.EVENTUAL,
            stale=lambda: self._old_chunk(manifest, i),
        )

    def chunks(self, manifest: Manifest, *, consistent: bool = False) -> Iterator[ChunkRecord]:
        """See `BatchStore.chunks`. A page at a time."""
        kind = Kind.READ if consistent else Kind.EVENTUAL
        for first in range(0, manifest.chunks, self._page):
            numbers = range(first, min(first + self._page, manifest.chunks))
            found = self._calls.resend(
                f"query chunks {manifest.batch} g{manifest.generation} from {first}",
                lambda numbers=numbers: [self._memory.chunk(manifest, i) for i in numbers],  # type: ignore[misc]
                kind=kind,
                stale=lambda numbers=numbers: [self._old_chunk(manifest, i) for i in numbers],  # type: ignore[misc]
            )
            yield from (record for record in found if record is not None)

    def take_lease(
        self, manifest: Manifest, i: int, *, attempt: str, now: datetime, until: datetime
    ) -> Progress | None:
        """See `BatchStore.take_lease`."""
        return self._update(
            manifest,
            i,
            "take lease of",
            lambda: self._memory.take_lease(manifest, i, attempt=attempt, now=now, until=until),
        )

    def checkpoint(
        self, manifest: Manifest, i: int, *, attempt: str, handover: Handover, until: datetime | None
    ) -> bool:
        """See `BatchStore.checkpoint`."""
        return self._update(
            manifest,
            i,
            "checkpoint",
            lambda: self._memory.checkpoint(manifest, i, attempt=attempt, handover=handover, until=until),
        )

    def progress(self, manifest: Manifest) -> Iterator[Progress]:
        """See `BatchStore.progress`."""

        def stale() -> list[Progress]:
            newest = self._memory.progress(manifest)
            old = (self._lagging(_key(manifest, "progress", held.i), held) for held in newest)
            return [held for held in old if isinstance(held, Progress)]

        return iter(
            self._calls.resend(
                f"query progress {manifest.batch} g{manifest.generation}",
                lambda: list(self._memory.progress(manifest)),
                kind=Kind.EVENTUAL,
                stale=stale,
            )
        )

    def take_dispatch(self, manifest: Manifest, i: int, *, now: datetime, next_at: datetime) -> bool:
        """See `BatchStore.take_dispatch`."""
        return self._update(
            manifest, i, "take dispatch of", lambda: self._memory.take_dispatch(manifest, i, now=now, next_at=next_at)
        )

    def put_cancellation(self, manifest: Manifest, cancellation: Cancellation) -> Cancellation:
        """See `BatchStore.put_cancellation`."""
        return self._calls.resend(
            f"put cancellation of {manifest.batch} g{manifest.generation}",
            lambda: self._memory.put_cancellation(manifest, cancellation),
        )

    def cancellation(self, manifest: Manifest) -> Cancellation | None:
        """See `BatchStore.cancellation`."""
        return self._calls.resend(
            f"get cancellation of {manifest.batch} g{manifest.generation}",
            lambda: self._memory.cancellation(manifest),
            kind=Kind.READ,
        )

    def report(self, manifest: Manifest, *, consistent: bool = True) -> Report | None:
        """See `BatchStore.report`."""
        return self._calls.resend(
            f"get report {manifest.batch} g{manifest.generation}",
            lambda: self._memory.report(manifest),
            kind=Kind.READ if consistent else Kind.EVENTUAL,
            stale=None if consistent else lambda: None,
        )

    def put_report(self, manifest: Manifest, report: Report) -> Report:
        """See `BatchStore.put_report`."""
        return self._calls.resend(
            f"put report {manifest.batch} g{manifest.generation}", lambda: self._memory.put_report(manifest, report)
        )

    def _update(self, manifest: Manifest, i: int, what: str, change: Callable[[], T]) -> T:
        def act() -> T:
            before = next((held for held in self._memory.progress(manifest) if held.i == i), None)
            self._wrote(_key(manifest, "progress", i), before)
            return change()

        return self._calls.resend(f"{what} {_name(manifest, i)}", act)

    def _old_chunk(self, manifest: Manifest, i: int) -> ChunkRecord | None:
        old = self._lagging(_key(manifest, "chunk", i), self._memory.chunk(manifest, i))
        return old if isinstance(old, ChunkRecord) else None


def _key(manifest: Manifest, kind: str, i: int) -> Hashable:
    return manifest.batch, manifest.generation, kind, i


def _name(manifest: Manifest, i: int) -> str:
    return f"{manifest.batch} g{manifest.generation} chunk {i}"

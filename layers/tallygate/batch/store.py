"""The port: where a batch's records are kept."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from tallygate.batch.records import Cancellation, ChunkRecord, Manifest, Progress, Report
from tallygate.batch.work.handover import Handover


class BatchStore(Protocol):
    """Records of batches. Each method may raise `Unavailable`; each may then be called again."""

    def put_manifest(self, manifest: Manifest) -> Manifest:
        """Put if absent; returns the manifest that stands, this one or an earlier one."""
        ...

    def manifest(self, batch: str, generation: int) -> Manifest | None:
        """The manifest; None only where there is none, by a strongly consistent read."""
        ...

    def put_chunk(self, manifest: Manifest, record: ChunkRecord) -> ChunkRecord:
        """Put if absent; returns the record that stands. It is ours if its `attempt` is."""
        ...

    def chunk(self, manifest: Manifest, i: int) -> ChunkRecord | None:
        """One chunk's record, eventually consistent: it may be missed, it can't be wrong."""
        ...

    def chunks(self, manifest: Manifest, *, consistent: bool = False) -> Iterator[ChunkRecord]:
        """All chunk records, in no order. Without `consistent` the newest may be missing."""
        ...

    def take_lease(
        self, manifest: Manifest, i: int, *, attempt: str, now: datetime, until: datetime
    ) -> Progress | None:
        """Become the chunk's holder; None while another attempt's lease lasts.

        Returns the progress as it was before. A `lease_until` in it means that its `attempt` died, unless that is
        this one, whose first try had landed without an answer.
        """
        ...

    def checkpoint(
        self, manifest: Manifest, i: int, *, attempt: str, handover: Handover, until: datetime | None
    ) -> bool:
        """Note how far the attempt is and renew the lease; False if another attempt holds it by now.

        Parameters
        ----------
        until : datetime or None
            None gives the lease back: the attempt ends well.
        """
        ...

    def progress(self, manifest: Manifest) -> Iterator[Progress]:
        """All progress records, eventually consistent."""
        ...

    def take_dispatch(self, manifest: Manifest, i: int, *, now: datetime, next_at: datetime) -> bool:
        """Claim the right to dispatch the chunk again; False if its lease lasts or somebody claimed it before."""
        ...

    def put_cancellation(self, manifest: Manifest, cancellation: Cancellation) -> Cancellation:
        """Put if absent; returns the one that stands."""
        ...

    def cancellation(self, manifest: Manifest) -> Cancellation | None:
        """The generation's cancellation, strongly consistent."""
        ...

    def put_report(self, manifest: Manifest, report: Report) -> Report:
        """Put if absent; returns the report that stands."""
        ...

    def report(self, manifest: Manifest, *, consistent: bool = True) -> Report | None:
        """The generation's report. Without `consistent` it may be missed."""
        ...

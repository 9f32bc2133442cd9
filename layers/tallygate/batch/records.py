"""The records of a batch: what is put once under a key and then only read, and what merely advises."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from tallygate.batch.work.bitmap import Bitmap
from tallygate.batch.work.handover import Handover


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where the items are: an object version, which never changes."""

    bucket: str
    key: str
    version: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`g<n>#manifest`, put if absent before anything is dispatched.

    Parameters
    ----------
    batch : str
    generation : int
        0, and one more for each redrive.
    items, chunk_size, chunks, shards : int
        N, K, C, S. A chunk has at most K items; chunk records are spread over S partition keys.
    columns : tuple of str
        The CSV header; empty for JSONL.
    source : Source
        The items.
    index : Source
        The chunks, as `ChunkIndex` reads them.
    since : datetime
        When generation 0 was planned, UTC: no item of this batch was tried before.
    started, deadline : datetime
        Of this generation, UTC.
    parameters : mapping
        The request; the same name with others is refused.
    planned_by : str
        The execution that asked for this generation; empty where a release before 0.2 planned it.
    """

    batch: str
    generation: int
    items: int
    chunk_size: int
    chunks: int
    shards: int
    columns: tuple[str, ...]
    source: Source
    index: Source
    since: datetime
    started: datetime
    deadline: datetime
    parameters: Mapping[str, Any]
    planned_by: str = ""


class Outcome(StrEnum):
    """How a chunk ended."""

    DONE = "DONE"
    ABANDONED = "ABANDONED"


class Failure(msgspec.Struct, frozen=True):
    """An item that its function refused.

    Parameters
    ----------
    id : str
        The item.
    error : str
        The error's name and text, at most 200 bytes.
    number : int or None
        Its number within the chunk, from 0; None where a release before 0.2 wrote it.
    """

    id: str
    error: str
    number: int | None = None


class ChunkRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`g<n>#chunk#<i>`, put if absent; never updated, never deleted. The batch's count is the fold over these.

    Parameters
    ----------
    i : int
    outcome : Outcome
    attempt : str
        The id of the attempt that wrote it, by which a repeated put recognises its own.
    ok, failed, abandoned : int
        Items by outcome; together the chunk's items.
    failures : tuple of Failure
        The failed ones, unless `failures_key` says where in S3 they are.
    failures_key : str
        Empty, or the key of a JSON object in the batches bucket.
    at : datetime
        UTC.
    """

    i: int
    outcome: Outcome
    attempt: str
    ok: int = 0
    failed: int = 0
    abandoned: int = 0
    failures: tuple[Failure, ...] = ()
    failures_key: str = ""
    at: datetime


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """`g<n>#progress#<i>`: advisory. It saves work, it is never counted.

    Parameters
    ----------
    i : int
    attempt : str
        The last to hold the lease; empty: nobody has begun.
    attempts : int
        How many have begun.
    lease_until : datetime or None
        When the holder is taken for dead. None: the last attempt ended well, and gave the lease back.
    handover : Handover
        What the last attempt leaves to the next.
    dispatches : int
        How often the gatekeeper has dispatched the chunk again.
    next_at : datetime or None
        Before this it doesn't dispatch it once more.
    """

    i: int
    attempt: str = ""
    attempts: int = 0
    lease_until: datetime | None = None
    handover: Handover = msgspec.field(default_factory=Handover)
    dispatches: int = 0
    next_at: datetime | None = None

    @property
    def done(self) -> Bitmap:
        """Items whose effect is durable."""
        return self.handover.done

    def held(self, now: datetime) -> bool:
        """True while somebody's lease lasts."""
        return self.lease_until is not None and self.lease_until >= now

    def dispatched_lately(self, now: datetime) -> bool:
        """True while it is too early to dispatch the chunk once more."""
        return self.next_at is not None and self.next_at >= now


class Cancellation(msgspec.Struct, frozen=True):
    """`g<n>#cancel`, put if absent: from now on nothing is dispatched, and what is missing is abandoned.

    Parameters
    ----------
    by : str
        The execution that asked for it.
    at : datetime
        UTC.
    """

    by: str
    at: datetime


class Status(StrEnum):
    """How a generation ended."""

    COMPLETE = "complete"  # every item is ok
    PARTIAL = "partial"
    CANCELLED = "cancelled"  # partial, because somebody wanted it so


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`g<n>#report`: the totals, put if absent.

    Parameters
    ----------
    items, ok, failed, abandoned : int
        Of this generation: `ok + failed + abandoned = items`.
    status : Status
    batch_items, batch_ok : int
        The items of generation 0, and those that are ok by now, over all generations.
    remaining : Source or None
        The failed and abandoned items as a manifest, which a redrive works on; None where there are none.
    failures_key : str
        Empty, or the key of a JSONL object in the batches bucket: each failed item's id and error.
    at : datetime
        UTC.
    """

    batch: str
    generation: int
    items: int
    ok: int
    failed: int
    abandoned: int
    status: Status
    batch_items: int
    batch_ok: int
    remaining: Source | None = None
    failures_key: str = ""
    at: datetime

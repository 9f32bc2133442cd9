"""The in-memory twin of the rows: for tests, simulations and examples."""

import threading
from collections.abc import Sequence

from tallygate.deadline import Deadline
from tallygate.events.stream_id import StreamId
from tallygate.projections.bucket import BUCKETS, bucket_of
from tallygate.projections.row import Row
from tallygate.projections.row_items import row_item
from tallygate.projections.rows import Page, Put, Share

PAGE_ROWS = 50


class MemoryRows:
    """Rows in a dictionary, one lock. Same answers as the DynamoDB adapter: one contract suite runs on both."""

    buckets = BUCKETS

    def __init__(self, consumer: str = "memory-1") -> None:
        self._consumer = consumer
        self._lock = threading.Lock()
        self._rows: dict[StreamId, Row] = {}

    def get(self, stream: StreamId, until: Deadline) -> Row | None:
        """See `Rows.get`."""
        with self._lock:
            return self._rows.get(stream)

    def get_many(self, streams: Sequence[StreamId], until: Deadline) -> dict[StreamId, Row]:
        """See `Rows.get_many`."""
        with self._lock:
            return {stream: self._rows[stream] for stream in streams if stream in self._rows}

    def put(self, row: Row, standing: Row | None, until: Deadline) -> Put:
        """See `Rows.put`."""
        row_item(self._consumer, row)  # the same refusals as the adapter's
        with self._lock:
            found = self._rows.get(row.stream)
            if _place(found) != _place(standing):
                return Put(won=False, row=found)
            self._rows[row.stream] = row
            return Put(won=True, row=row)

    def page(self, bucket: int, after: str, until: Deadline) -> Page:
        """See `Rows.page`."""
        rows = [row for row in self._in(bucket) if row.stream > after]
        last = rows[PAGE_ROWS - 1].stream if len(rows) > PAGE_ROWS else ""
        return Page(tuple(rows[:PAGE_ROWS]), last, 1.0)

    def share(self, bucket: int, until: Deadline) -> Share:
        """See `Rows.share`."""
        rows = self._in(bucket)
        return Share(tuple(row.contribution for row in rows), sum(row.parked is not None for row in rows), 1.0)

    def _in(self, bucket: int) -> list[Row]:
        with self._lock:
            return sorted((row for row in self._rows.values() if bucket_of(row.stream) == bucket), key=_by_stream)


def _by_stream(row: Row) -> str:
    return row.stream


def _place(row: Row | None) -> tuple[int, int, bool] | None:
    return None if row is None else (row.version, row.epoch, row.parked is not None)

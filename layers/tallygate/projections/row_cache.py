"""The rows that this process wrote or read last: a warm one saves the read."""

import threading
from collections import OrderedDict

from tallygate.events.stream_id import StreamId
from tallygate.projections.row import Row

MAX_BYTES = 32 * 1024 * 1024
_ROW_BYTES = 1000  # beside the view, about


class RowCache:
    """Rows by stream, the least recently used dropped first. What is stale is found out by the condition of a write."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._lock = threading.Lock()
        self._rows: OrderedDict[StreamId, Row] = OrderedDict()

    def get(self, stream: StreamId) -> Row | None:
        """The row as it was last seen; None: not held. A parked row is never held, lest an unpark go unnoticed."""
        with self._lock:
            row = self._rows.get(stream)
            if row is not None:
                self._rows.move_to_end(stream)
            return row

    def put(self, stream: StreamId, row: Row | None) -> None:
        """Hold the row."""
        with self._lock:
            before = self._rows.pop(stream, None)
            self._bytes -= _size(before)
            if row is None or row.parked is not None:
                return
            self._rows[stream] = row
            self._bytes += _size(row)
            while self._bytes > self._max_bytes:
                _, dropped = self._rows.popitem(last=False)
                self._bytes -= _size(dropped)


def _size(row: Row | None) -> int:
    return 0 if row is None else _ROW_BYTES + len(row.view)

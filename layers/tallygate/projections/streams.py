"""The port: which streams there are. And its in-memory twin."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from tallygate.deadline import Deadline
from tallygate.events.memory import MemoryCommitLog
from tallygate.events.stream_id import StreamId


class StreamPage(msgspec.Struct, frozen=True):
    """A part of a rolling scan.

    Parameters
    ----------
    heads : mapping of StreamId to int
        The highest version seen in this part.
    after : str
        Where the next part begins; empty: this was the last.
    read_units : float
    """

    heads: Mapping[StreamId, int]
    after: str
    read_units: float


class Streams(Protocol):
    """The streams of a category, in no order."""

    def page(self, category: str, after: str, until: Deadline) -> StreamPage:
        """A part of them, at most 1 MB read, eventually consistent. Raises `Unavailable`."""
        ...


class MemoryStreams:
    """The streams of a log in memory.

    Parameters
    ----------
    log : MemoryCommitLog
    size : int
        Streams in a page.
    """

    def __init__(self, log: MemoryCommitLog, size: int = 3) -> None:
        self._log = log
        self._size = size

    def page(self, category: str, after: str, until: Deadline) -> StreamPage:
        """See `Streams.page`."""
        left = [stream for stream in self._log.streams() if stream > after]
        page = left[: self._size]
        heads = {
            stream: head.version
            for stream in page
            if stream.startswith(f"{category}-") and (head := self._log.head(stream, until)) is not None
        }
        return StreamPage(heads, page[-1] if len(left) > self._size else "", 1.0)

"""The streams that this process holds, one writer at a time per stream."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tallygate.deadline import Deadline
from tallygate.events.command_index import CommandIndex
from tallygate.events.errors import Contended
from tallygate.events.stream_id import StreamId


@dataclass(slots=True)
class Held:
    """A stream as it is held between calls; whoever has its lock may change it.

    Parameters
    ----------
    version : int
        The version that `state` is the state of; -1: nothing was read yet.
    state : Any
        The folded state, immutable.
    commands : CommandIndex
        The commands carried out up to `version`.
    at : float
        When `version` was last known to be the newest, on the monotonic clock.
    """

    version: int = -1
    state: Any = None
    commands: CommandIndex = field(default_factory=CommandIndex)
    at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


class StreamCache:
    """Held streams, the least recently used dropped first.

    Threads of one process that write to the same stream would only win versions from each other, at a write unit per
    try: they stand in line here instead, and the conflicts that remain are those between processes.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[StreamId, object], Held] = OrderedDict()

    @contextmanager
    def exclusive(self, stream: StreamId, definition: object, until: Deadline) -> Iterator[Held]:
        """The held stream, for this thread alone.

        Parameters
        ----------
        definition : object
            The aggregate, by identity: two of them may fold the same stream differently.

        Raises
        ------
        Contended
            The deadline passed while other threads had the stream.
        """
        held = self._get((stream, definition))
        if not held.lock.acquire(timeout=until.left):
            raise Contended(stream, conflicts=0)
        try:
            yield held
        finally:
            held.lock.release()

    def _get(self, key: tuple[StreamId, object]) -> Held:
        with self._lock:
            held = self._held.setdefault(key, Held())
            self._held.move_to_end(key)
            if len(self._held) > self._size:
                self._held.popitem(last=False)  # a thread that has it goes on with it; the conditions keep it right
            return held

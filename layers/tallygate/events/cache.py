"""The streams that this process holds."""

import threading
from collections import OrderedDict

from tallygate.events.held import Held
from tallygate.events.stream_id import StreamId
from tallygate.events.waiting_line import WaitingLine


class StreamCache:
    """Held streams, the least recently used dropped first.

    Parameters
    ----------
    size : int
        How many streams are held at most.
    line_capacity : int
        How many commands may wait for one of them.
    """

    def __init__(self, size: int, *, line_capacity: int) -> None:
        self._size = size
        self._line_capacity = line_capacity
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[StreamId, object], Held] = OrderedDict()

    def get(self, stream: StreamId, definition: object) -> Held:
        """The held stream; a new one where there was none.

        Parameters
        ----------
        definition : object
            The aggregate, by identity: two of them may fold the same stream differently.
        """
        key = (stream, definition)
        with self._lock:
            held = self._held.get(key)
            if held is None:
                held = self._held[key] = Held(line=WaitingLine(self._line_capacity))
            self._held.move_to_end(key)
            if len(self._held) > self._size:
                self._held.popitem(last=False)  # a thread that has it goes on with it; the conditions keep it right
            return held

    def mark_old(self, stream: StreamId, definition: object) -> None:
        """What is held of the stream, if it is held, is to be read on before it is used."""
        held = self._held.get((stream, definition))
        if held is not None:
            held.at = 0.0

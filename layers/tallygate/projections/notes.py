"""The port: small records about a projection as a whole (which version readers see, how far a sweep has come)."""

import threading
from typing import Protocol

import msgspec

from tallygate.deadline import Deadline


class Note(msgspec.Struct, frozen=True):
    """A record.

    Parameters
    ----------
    value : bytes
        JSON.
    number : int
        1, 2, 3 … with each write.
    """

    value: bytes
    number: int


class Notes(Protocol):
    """Notes by what they are about and of which kind. All methods raise `Unavailable` at the deadline."""

    def get(self, about: str, kind: str, until: Deadline) -> Note | None:
        """The note, strongly consistent; None: there is none."""
        ...

    def put(self, about: str, kind: str, value: bytes, standing: Note | None, until: Deadline) -> bool:
        """Write the note if the one that stands is `standing`. True if it stands now."""
        ...


class MemoryNotes:
    """The in-memory twin."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._notes: dict[tuple[str, str], Note] = {}

    def get(self, about: str, kind: str, until: Deadline) -> Note | None:
        """See `Notes.get`."""
        with self._lock:
            return self._notes.get((about, kind))

    def put(self, about: str, kind: str, value: bytes, standing: Note | None, until: Deadline) -> bool:
        """See `Notes.put`."""
        with self._lock:
            found = self._notes.get((about, kind))
            number = standing.number if standing else 0
            if (found.number if found else 0) != number:
                return found == Note(value, number + 1)  # as the adapter's, whose answer may have been lost
            self._notes[about, kind] = Note(value, number + 1)
            return True

"""Which version of a projection readers see."""

from datetime import datetime

import msgspec

from tallygate import clock
from tallygate.deadline import Deadline
from tallygate.events import serializer
from tallygate.projections.errors import NotReadyToSwap
from tallygate.projections.notes import Notes

KIND = "pointer"


class Pointer(msgspec.Struct, frozen=True):
    """Stored: never rename a field.

    Parameters
    ----------
    active : int
        The version that readers see.
    previous : int or None
        The one that they saw before.
    at : datetime
        When it was set.
    """

    active: int
    previous: int | None
    at: datetime


class Pointers:
    """The pointers of all projections.

    Parameters
    ----------
    notes : Notes
    """

    def __init__(self, notes: Notes, *, now: clock.Clock = clock.utc_now) -> None:
        self._notes = notes
        self._now = now

    def get(self, name: str, until: Deadline) -> Pointer | None:
        """The pointer of a projection; None: never set, readers see the lowest version that is declared."""
        note = self._notes.get(name, KIND, until)
        return None if note is None else serializer.parse(note.value, Pointer)

    def swap(self, name: str, to: int, *, standing: int, until: Deadline) -> Pointer:
        """Point readers to version `to`.

        Parameters
        ----------
        standing : int
            What they see now; somebody else's swap in between is an error.

        Raises
        ------
        NotReadyToSwap
            The pointer was moved meanwhile.
        """
        note = self._notes.get(name, KIND, until)
        active = standing if note is None else serializer.parse(note.value, Pointer).active
        pointer = Pointer(to, active, self._now())
        if active == standing and self._notes.put(name, KIND, serializer.dump(pointer), note, until):
            return pointer
        raise NotReadyToSwap(f"the pointer of {name} was moved by somebody else meanwhile: look, and decide again")

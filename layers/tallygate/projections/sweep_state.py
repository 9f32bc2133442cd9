"""How far a sweep has come, and how the last whole one went."""

from datetime import datetime

import msgspec

from tallygate.deadline import Deadline
from tallygate.events import serializer
from tallygate.projections.notes import Note, Notes

KIND = "sweep"


class Cycle(msgspec.Struct, frozen=True):
    """One time over all rows, then over all streams. Stored: never rename a field.

    Parameters
    ----------
    began : datetime
    epoch : int
        Of the events table.
    bucket : int
        Whose rows come next; the number of buckets: the rows are done, the streams are not.
    after : str
        Where the next page begins.
    rows, streams : int
        Looked at so far.
    gaps : int
        Streams that lacked a commit made before the cycle began.
    healed : int
        Commits taken.
    renewed : int
        Rows whose totals or personal data were brought up to date.
    parked : int
        Rows that stand still.
    ahead : int
        Rows that are further than their stream.
    ended : datetime or None
    """

    began: datetime
    epoch: int
    bucket: int = 0
    after: str = ""
    rows: int = 0
    streams: int = 0
    gaps: int = 0
    healed: int = 0
    renewed: int = 0
    parked: int = 0
    ahead: int = 0
    ended: datetime | None = None

    @property
    def is_clean(self) -> bool:
        """True for a whole cycle that found every earlier commit taken."""
        return self.ended is not None and not self.gaps and not self.ahead


class SweepState(msgspec.Struct, frozen=True):
    """What is kept between sweeps. Stored: never rename a field."""

    running: Cycle | None = None
    last: Cycle | None = None


class SweepStates:
    """The sweep of one consumer.

    Parameters
    ----------
    notes : Notes
    consumer : str
        Its id.
    """

    def __init__(self, notes: Notes, consumer: str) -> None:
        self._notes = notes
        self._consumer = consumer
        self._standing: Note | None = None

    def read(self, until: Deadline) -> SweepState:
        """The state as it stands."""
        self._standing = self._notes.get(self._consumer, KIND, until)
        return SweepState() if self._standing is None else serializer.parse(self._standing.value, SweepState)

    def write(self, state: SweepState, until: Deadline) -> bool:
        """Keep the state; False: another sweep of this consumer is under way, and this one must stop."""
        value = serializer.dump(state)
        if not self._notes.put(self._consumer, KIND, value, self._standing, until):
            return False
        self._standing = Note(value, (self._standing.number if self._standing else 0) + 1)
        return True

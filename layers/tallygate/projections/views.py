"""Reading: views, totals, and waiting for one's own writes."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from tallygate import clock
from tallygate.deadline import Deadline, full_jitter
from tallygate.events import arguments
from tallygate.events.stream_id import StreamId
from tallygate.projections.errors import InvalidView, NotYetApplied, StreamParked, UnknownConsumer
from tallygate.projections.notes import Notes
from tallygate.projections.pointer import Pointers
from tallygate.projections.projection import Projection
from tallygate.projections.row import Parked, Row
from tallygate.projections.rows import Rows
from tallygate.projections.totals import Totals, TotalsReader

V = TypeVar("V")

WAIT_SECONDS = 10.0
READ_SECONDS = 10.0
_BASE_SECONDS, _CAP_SECONDS = 0.02, 0.5


class Seen(msgspec.Struct, Generic[V], frozen=True):
    """A view as it was read.

    Parameters
    ----------
    view : V
        The initial view where the projection has not seen the stream.
    version : int
        Of the stream, as far as it is applied; 0: not at all.
    at : datetime or None
        When the last commit applied was made.
    parked : Parked or None
        Why the view stands still.
    """

    view: V
    version: int
    at: datetime | None
    parked: Parked | None


class OpenView(Generic[V]):
    """One version of a projection, for reading: open it once per request.

    Parameters
    ----------
    projection : Projection
    rows : Rows
    notes : Notes
    """

    def __init__(
        self, projection: Projection[V], rows: Rows, notes: Notes, *, now: clock.Clock = clock.utc_now
    ) -> None:
        self.projection = projection
        self._rows = rows
        self._totals = TotalsReader(rows, notes, projection.id, now=now)

    def view(self, id: str, *, deadline_seconds: float = READ_SECONDS) -> Seen[V]:
        """The view of the thing called `id`, strongly consistent. One read unit per 4 KB.

        Raises
        ------
        InvalidStreamId, InvalidView, Unavailable
        """
        return self._seen(self._rows.get(self._stream(id), arguments.deadline(deadline_seconds)))

    def wait(self, id: str, version: int, *, deadline_seconds: float = WAIT_SECONDS) -> Seen[V]:
        """The view once it has reached a version: read your own writes.

        Parameters
        ----------
        version : int
            Such as that of the commit that `execute` returned.

        Raises
        ------
        NotYetApplied
            The deadline passed first.
        StreamParked
            It stands still below the version.
        InvalidStreamId, InvalidVersion, InvalidView, Unavailable
        """
        stream, until = self._stream(id), arguments.deadline(deadline_seconds)
        wanted, attempt = arguments.version(version), 0
        while True:
            row = self._rows.get(stream, until)
            have = row.version if row else 0
            if have >= wanted:
                return self._seen(row)
            if row is not None and row.parked is not None:
                raise StreamParked(
                    f"{stream} is parked in {self.projection.id} before version {row.parked.version}, {wanted} was "
                    f"waited for: {row.parked.error}. Mend the projection, deploy it, then unpark the stream"
                )
            pause = full_jitter(attempt, base=_BASE_SECONDS, cap=_CAP_SECONDS)
            if until.left <= pause:
                raise NotYetApplied(
                    f"{stream} is at version {have} in {self.projection.id}, {wanted} was not reached in "
                    f"{deadline_seconds:g} s: wait longer, or look at the consumer's lag"
                )
            time.sleep(pause)
            attempt += 1

    def totals(self, *, max_age_seconds: float = 0.0, deadline_seconds: float = READ_SECONDS) -> Totals:
        """The sums over all views, at most so old; they say when they were folded.

        Half a read unit per 4 KB of all views; one for totals that somebody has folded within `max_age_seconds`.

        Raises
        ------
        Unavailable
        """
        return self._totals.read(max_age_seconds, arguments.deadline(deadline_seconds))

    def _stream(self, id: str) -> StreamId:
        return self.projection.of.stream(id)

    def _seen(self, row: Row | None) -> Seen[V]:
        if row is None or not row.view:
            return Seen(self.projection.beginning(), 0, None, row.parked if row else None)
        try:
            view = self.projection.parse(row.view)
        except InvalidView as exc:
            raise InvalidView(f"{row.stream}: {exc}") from exc
        return Seen(view, row.version, row.at, row.parked)


class Views:
    """All projections, for reading.

    Parameters
    ----------
    projections : sequence of Projection
        Every version that is declared.
    rows : callable
        The rows of a projection's id.
    notes : Notes
    """

    def __init__(
        self,
        projections: Sequence[Projection[Any]],
        rows: Callable[[str], Rows],
        notes: Notes,
        *,
        now: clock.Clock = clock.utc_now,
    ) -> None:
        self._projections = projections
        self._rows = rows
        self._notes = notes
        self._now = now

    def open(self, name: str, *, version: int | None = None, deadline_seconds: float = READ_SECONDS) -> OpenView[Any]:
        """A projection in the version that readers see now, or in one that is asked for.

        Raises
        ------
        UnknownConsumer
            None of that name, or none of that version, is declared.
        Unavailable
        """
        versions = {one.version: one for one in self._projections if one.name == name}
        if not versions:
            known = ", ".join(sorted({one.name for one in self._projections})) or "none"
            raise UnknownConsumer(f"no projection is called {name!r}: there are {known}")
        if version is None:
            pointer = Pointers(self._notes).get(name, Deadline.after(deadline_seconds))
            version = pointer.active if pointer else min(versions)
        if version not in versions:
            declared = ", ".join(map(str, sorted(versions)))
            raise UnknownConsumer(
                f"readers of {name} see version {version}, this code declares {declared}: deploy the code that has it, "
                "or swap back"
            )
        projection = versions[version]
        return OpenView(projection, self._rows(projection.id), self._notes, now=self._now)

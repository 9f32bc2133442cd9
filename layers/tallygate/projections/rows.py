"""The port: where the gate's records are kept."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from tallygate.deadline import Deadline
from tallygate.events.stream_id import StreamId
from tallygate.projections.row import Contribution, Row


class Page(msgspec.Struct, frozen=True):
    """Some rows of a bucket.

    Parameters
    ----------
    rows : tuple of Row
    after : str
        Where the next page begins; empty: there is none.
    read_units : float
        What the page cost.
    """

    rows: tuple[Row, ...]
    after: str
    read_units: float


class Put(msgspec.Struct, frozen=True):
    """What a conditional write came to.

    Parameters
    ----------
    won : bool
        The row was written.
    row : Row or None
        What stands now; None: no row.
    """

    won: bool
    row: Row | None


class Share(msgspec.Struct, frozen=True):
    """What one bucket adds to the totals: contributions of its rows, and how many of them are parked."""

    contributions: tuple[Contribution, ...]
    parked: int
    read_units: float


class Rows(Protocol):
    """Rows of one consumer by stream. All methods raise `Unavailable` at the deadline."""

    @property
    def buckets(self) -> int:
        """Into how many partitions the rows are spread."""
        ...

    def get(self, stream: StreamId, until: Deadline) -> Row | None:
        """The row, strongly consistent; None: there is none."""
        ...

    def get_many(self, streams: Sequence[StreamId], until: Deadline) -> dict[StreamId, Row]:
        """The rows that there are, strongly consistent."""
        ...

    def put(self, row: Row, standing: Row | None, until: Deadline) -> Put:
        """Write the row if the one that stands is still as far as `standing`, and parked if it is.

        Where it was not written, what stands may be this very row, from an earlier try whose answer was lost.

        Parameters
        ----------
        standing : Row or None
            What the caller has read; None: there was no row.

        Raises
        ------
        InvalidView
            The row doesn't fit into an item; nothing was sent.
        """
        ...

    def page(self, bucket: int, after: str, until: Deadline) -> Page:
        """Rows of a bucket by stream, eventually consistent."""
        ...

    def share(self, bucket: int, until: Deadline) -> Share:
        """What a bucket adds to the totals, eventually consistent."""
        ...

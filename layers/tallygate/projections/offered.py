"""What came of offering commits to a gate."""

from datetime import datetime

import msgspec

from tallygate.events.stream_id import StreamId
from tallygate.projections.row import Parked


class Offered(msgspec.Struct, frozen=True):
    """What came of one offer.

    Parameters
    ----------
    stream : StreamId
    before, version : int
        The row's version then and now.
    events : int
        That reached the user's function.
    dropped : int
        Commits that had been taken before.
    healed : int
        Commits that this delivery did not bring: they were read from the events table.
    first, last : datetime or None
        The times of the first and of the last commit taken; None: none was.
    parked : Parked or None
    newly_parked : bool
    writes : int
        Rows written, those on a failed condition included.
    correlations : tuple of str
        Of the commits taken, each once, the first 100 of them.
    """

    stream: StreamId
    before: int
    version: int
    events: int = 0
    dropped: int = 0
    healed: int = 0
    first: datetime | None = None
    last: datetime | None = None
    parked: Parked | None = None
    newly_parked: bool = False
    writes: int = 0
    correlations: tuple[str, ...] = ()

"""The gate's record: one per consumer and stream."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import msgspec

from tallygate.events.stream_id import StreamId

Amount = int | Decimal
Contribution = Mapping[str, Amount]

NOTHING: Contribution = {}


class Parked(msgspec.Struct, frozen=True):
    """Why a stream stands still.

    Parameters
    ----------
    version : int
        The first version that was not applied.
    error : str
        At most 1,000 characters.
    at : datetime
        UTC.
    """

    version: int
    error: str
    at: datetime


class Row(msgspec.Struct, frozen=True):
    """How far a consumer has come on a stream, and what it made of it.

    Parameters
    ----------
    stream : StreamId
    version : int
        The last version applied; 0: none, as a parked row says, or one whose stream a restore has lost.
    epoch : int
        Of the events table, when it was applied.
    at : datetime
        The time of the last commit applied.
    view : bytes
        JSON; empty for a consumer that has none.
    contribution : mapping of str to int or Decimal
        What the view adds to the totals.
    subjects : tuple of str
        Whose personal data the view tells.
    parked : Parked or None
    """

    stream: StreamId
    version: int
    epoch: int
    at: datetime
    view: bytes = b""
    contribution: Contribution = NOTHING
    subjects: tuple[str, ...] = ()
    parked: Parked | None = None

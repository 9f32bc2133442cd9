"""Totals: the sum of what all views add, folded on read, never accumulated."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Context, Decimal, Inexact

import msgspec

from tallygate import clock
from tallygate.deadline import Deadline
from tallygate.events import serializer
from tallygate.projections.notes import Notes
from tallygate.projections.row import Amount, Contribution
from tallygate.projections.rows import Rows

KIND = "totals"
MAX_KEPT_BYTES = 390 * 1024  # of a note in an item; larger ones are folded each time
# Numbers of 38 digits between 1e-130 and 1e125 add up exactly in 300 digits; were it otherwise, it would be an error.
_EXACT = Context(prec=300, traps=[Inexact])


class Totals(msgspec.Struct, frozen=True):
    """A sum as of a time.

    Parameters
    ----------
    values : mapping of str to int or Decimal
        A name that no view adds to is missing: 0.
    at : datetime
        When the fold began: commits applied before are in it, later ones may be.
    streams : int
        Views that were added.
    parked : int
        Of them, those that stand still: what they lack, the totals lack.
    read_units : float
        What the fold cost.
    """

    values: Contribution
    at: datetime
    streams: int
    parked: int
    read_units: float

    def age_seconds(self, now: datetime) -> float:
        """How old they are."""
        return max(0.0, (now - self.at).total_seconds())


class _Stored(msgspec.Struct, frozen=True):
    values: dict[str, str]
    at: datetime
    streams: int
    parked: int
    read_units: float


class TotalsReader:
    """The totals of one version of a projection.

    Parameters
    ----------
    rows : Rows
    notes : Notes
        Where a fold is kept for others.
    consumer : str
        The projection's id.
    """

    def __init__(self, rows: Rows, notes: Notes, consumer: str, *, now: clock.Clock = clock.utc_now) -> None:
        self._rows = rows
        self._notes = notes
        self._consumer = consumer
        self._now = now

    def read(self, max_age_seconds: float, until: Deadline) -> Totals:
        """The totals, at most so old; 0: folded now. Others within that time get the fold that was kept.

        Raises
        ------
        Unavailable
            The deadline passed.
        """
        note = None
        if max_age_seconds > 0:
            note = self._notes.get(self._consumer, KIND, until)
            kept = None if note is None else _restored(note.value)
            if kept is not None and kept.age_seconds(self._now()) <= max_age_seconds:
                return kept
        totals = self._fold(until)
        if max_age_seconds > 0 and len(text := _kept(totals)) <= MAX_KEPT_BYTES:
            self._notes.put(self._consumer, KIND, text, note, until)  # lost to another's fold: as good
        return totals

    def _fold(self, until: Deadline) -> Totals:
        at = self._now()
        with ThreadPoolExecutor(self._rows.buckets) as pool:
            shares = list(pool.map(lambda bucket: self._rows.share(bucket, until), range(self._rows.buckets)))
        contributions = [one for share in shares for one in share.contributions]
        parked, units = sum(share.parked for share in shares), sum(share.read_units for share in shares)
        return Totals(added(contributions), at, len(contributions), parked, units)


def added(contributions: Iterable[Contribution]) -> dict[str, Amount]:
    """The sum, name by name, exactly."""
    sums: dict[str, Amount] = {}
    for contribution in contributions:
        for name, amount in contribution.items():
            sums[name] = _plus(sums.get(name, 0), amount)
    return sums


def _plus(one: Amount, other: Amount) -> Amount:
    if isinstance(one, int) and isinstance(other, int):
        return one + other
    return _EXACT.add(Decimal(one), Decimal(other))


def _kept(totals: Totals) -> bytes:
    values = {name: str(amount) for name, amount in totals.values.items()}
    return serializer.dump(_Stored(values, totals.at, totals.streams, totals.parked, totals.read_units))


def _restored(value: bytes) -> Totals | None:
    try:
        kept = serializer.parse(value, _Stored)
        values: dict[str, Amount] = {
            name: int(text) if text.lstrip("-").isdecimal() else Decimal(text) for name, text in kept.values.items()
        }
    except (ArithmeticError, ValueError):
        return None
    return Totals(values, kept.at, kept.streams, kept.parked, kept.read_units)

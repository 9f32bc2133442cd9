"""What reading everything raises, beside `CorruptStream` and `Unavailable`."""

from tallygate.errors import InvalidInput, TallygateError


class WrongCheckpoint(InvalidInput):
    """The checkpoint is none, or one of another table, number of segments, or export."""


class NoFetch(TallygateError):
    """A commit's events are in an overflow object, and the reading was not told how to fetch those.

    No `InvalidInput`: `read_commit` would take a `ValueError` for damage.
    """


class CorruptExport(TallygateError):
    """A file of the export is missing, damaged or incomplete. Nothing of the export is delivered then."""

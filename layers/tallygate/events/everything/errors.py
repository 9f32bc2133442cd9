"""What reading everything raises, beside `CorruptStream` and `Unavailable`."""

from tallygate.errors import InvalidInput, TallygateError


class WrongCheckpoint(InvalidInput):
    """The checkpoint is none, or one of another table, number of segments, or export."""


class CorruptExport(TallygateError):
    """A file of the export is missing, damaged or incomplete. Nothing of the export is delivered then."""

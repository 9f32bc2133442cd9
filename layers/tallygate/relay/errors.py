"""What the relay and its readers raise."""

from tallygate.errors import TallygateError


class CorruptRecord(TallygateError):
    """A record is none of the relay's, or of newer code's: it is not to be skipped without a word."""

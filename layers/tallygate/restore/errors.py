"""What stops a restore; each message says what to do."""

from tallygate.errors import InvalidInput, TallygateError


class BadTime(InvalidInput):
    """The time is none, has no offset, or lies outside what can be restored."""


class UnknownEnvironment(InvalidInput):
    """Nothing is deployed under that name."""


class CannotRestore(TallygateError):
    """The tables don't allow it. Nothing was changed."""


class Unfinished(TallygateError):
    """The restore is under way, or its table not yet as it must be: the same command goes on."""


class NotSound(TallygateError):
    """The restored table is not what an event store can go on from."""

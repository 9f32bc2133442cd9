"""Why a smoke test did not pass. Every message says what to do next."""

from tallygate.errors import TallygateError


class NotDeployed(TallygateError):
    """There is no such environment in this account and Region."""


class Refused(TallygateError):
    """AWS refused a call: a permission is missing, or the credentials are not valid."""


class TimedOut(TallygateError):
    """The batch has not ended in time."""


class Inexact(TallygateError):
    """The batch has ended, and something about it is not as it must be."""

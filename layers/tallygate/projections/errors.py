"""Errors of projections, each with what to do."""

from tallygate.errors import InvalidInput, TallygateError, TransientError


class InvalidProjection(InvalidInput):
    """The definition of a projection or an effect can't be used; the message names the field and how to mend it."""


class InvalidView(TallygateError, ValueError):
    """What `apply`, `totals` or `message` gave back can't be stored or sent. The stream is parked."""


class ImpureProjection(InvalidView):
    """`apply` gave different views for the same events, or changed the view that it was given."""


class ApplyFailed(TallygateError):
    """The user's function raised; the message is its error in one line. The stream is parked."""


class Overrun(TallygateError):
    """The user's function took longer than it may, three times. The stream is parked."""


class UnknownConsumer(InvalidInput):
    """No projection or effect of that name is declared."""


class StreamParked(TallygateError):
    """The view stands still because its stream is parked."""


class NotYetApplied(TransientError):
    """The view has not reached the version before the deadline. It may later."""


class NotReadyToSwap(TallygateError):
    """The version of a projection is not complete: readers must not be pointed to it yet."""

"""The roots of the error hierarchy. Every message says what happened and what to do next."""


class TallygateError(Exception):
    """Base of every error that Tallygate raises on purpose."""


class InvalidInput(TallygateError, ValueError):
    """The caller's value can't be used; the message names what, where and how to mend it. Nothing was sent."""


class TransientError(TallygateError):
    """Nothing is wrong with the request: the same request may be sent again, with the same ids."""


class Unavailable(TransientError):
    """AWS gave no usable answer before the deadline."""

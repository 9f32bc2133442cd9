"""What a batch raises. The state machine matches these class names: they are part of the contract."""

from tallygate.errors import InvalidInput, TallygateError


class BadInput(InvalidInput):
    """The batch can't be planned; nothing was dispatched. The message names what, where and the cure."""


class NotReadyError(TallygateError):
    """Something is still missing. The state machine's Retry turns this into a wait.

    Parameters
    ----------
    poll : object
        What was seen: chunks of a batch, messages in a queue; its text is the message.
    """

    def __init__(self, poll: object = "") -> None:
        super().__init__(str(poll))
        self.poll = poll


class DeadlinePassed(TallygateError):
    """Chunks are missing and the batch's deadline has passed."""


class ForceIncomplete(TallygateError):
    """The forced gatekeeper ran out of time before every missing chunk had a record; it is called again."""


class UnknownBatch(TallygateError):
    """There is no manifest record: the batch was never planned, or its records are in another table."""


class InvariantBroken(TallygateError):
    """ok + failed + abandoned is not the number of items. This is a bug of Tallygate: keep the records."""

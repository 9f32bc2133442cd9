"""The composition root of the event store: the port meets its adapters here."""

from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.events.store import EventStore


def event_store(table: str, *, epoch: int = 1) -> EventStore:
    """The event store on AWS.

    Parameters
    ----------
    table : str
        The events table's name.
    epoch : int
        The table's epoch: 1, and one more after each restore from point-in-time recovery.

    Raises
    ------
    InvalidInput
        The epoch is no whole number above 0.
    """
    return EventStore(DynamoDBCommitLog(table), epoch=epoch)

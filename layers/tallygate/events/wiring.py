"""The composition root of the event store: the port meets its adapters here."""

from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.events.overflow.s3 import S3Blobs
from tallygate.events.store import EventStore


def event_store(table: str, *, overflow_bucket: str | None = None, epoch: int = 1) -> EventStore:
    """The event store on AWS.

    Parameters
    ----------
    table : str
        The events table's name.
    overflow_bucket : str, optional
        Where the events of a commit go that is too large for an item. None: such a commit is refused.
    epoch : int
        The table's epoch: 1, and one more after each restore from point-in-time recovery.

    Raises
    ------
    InvalidInput
        The epoch is no whole number above 0.
    """
    overflow = S3Blobs(overflow_bucket) if overflow_bucket else None
    return EventStore(DynamoDBCommitLog(table, overflow=overflow), epoch=epoch)

"""The composition root of the event store: ports meet their adapters here."""

from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.events.forgetting.vault import KeyVault
from tallygate.events.meter import METER
from tallygate.events.overflow.s3 import S3Blobs
from tallygate.events.store import EventStore


def event_store(
    table: str, *, overflow_bucket: str | None = None, epoch: int = 1, vault: KeyVault | None = None
) -> EventStore:
    """The event store on AWS.

    Parameters
    ----------
    table : str
        The events table's name.
    overflow_bucket : str, optional
        Where the events of a commit go that is too large for an item. None: such a commit is refused.
    epoch : int
        The table's epoch: 1, and one more after each restore from point-in-time recovery.
    vault : KeyVault, optional
        See `key_vault`. None: aggregates with personal data are refused.

    Raises
    ------
    InvalidInput
        The epoch is no whole number above 0.
    """
    overflow = S3Blobs(overflow_bucket) if overflow_bucket else None
    return EventStore(DynamoDBCommitLog(table, overflow=overflow), epoch=epoch, vault=vault, meter=METER)


def key_vault(table: str, kms_key: str, *, cache_seconds: float = 60) -> KeyVault:
    """The vault of personal data's keys on AWS.

    Parameters
    ----------
    table : str
        The key table's name.
    kms_key : str
        Id, ARN or alias of the KMS key that wraps them.
    cache_seconds : float
        How long a process holds a key, and so how long `forget` takes to have effect everywhere.
    """
    # Imported here: a function without personal data doesn't pay for it at its start.
    from tallygate.events.forgetting.cached import CachedVault  # noqa: PLC0415
    from tallygate.events.forgetting.dynamodb import DynamoDBKeyVault  # noqa: PLC0415

    return CachedVault(DynamoDBKeyVault(table, kms_key), cache_seconds)

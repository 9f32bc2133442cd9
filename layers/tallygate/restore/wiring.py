"""The composition root of restores."""

from collections.abc import Callable
from datetime import datetime

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.events.everything import Reading, scan
from tallygate.events.items import Fetch
from tallygate.events.overflow.s3 import S3Blobs
from tallygate.restore.asked import prefix
from tallygate.restore.batch_records import BatchRecords
from tallygate.restore.dynamodb_tables import DynamoDBTables
from tallygate.restore.lambda_settings import LambdaSettings
from tallygate.restore.restorer import Restorer
from tallygate.restore.snapshot_items import SnapshotItems
from tallygate.restore.soundness import Sound, check_commits, check_snapshots
from tallygate.restore.ssm_parameters import SsmStreamParameters


def restorer(tell: Callable[[str], None], *, poll_seconds: float) -> Restorer:
    """The restorer on AWS."""
    return Restorer(DynamoDBTables(), SsmStreamParameters(), tell, poll_seconds=poll_seconds)


def tables() -> DynamoDBTables:
    """Tables on AWS."""
    return DynamoDBTables()


def settings() -> LambdaSettings:
    """What environments use, on AWS."""
    return LambdaSettings()


def commits(table: str, overflow_bucket: str, until: Deadline) -> Reading:
    """Every commit of a table, those that overflowed too."""
    return scan(aws.dynamodb(), table, fetch=_fetch(overflow_bucket, until))


def sound(table: str, overflow_bucket: str, *, at: datetime, epoch: int, until: Deadline) -> Sound:
    """Verify a restored table, see `check_commits` and `check_snapshots`."""
    found = check_commits(commits(table, overflow_bucket, until), at=at, epoch=epoch)
    return check_snapshots(found, SnapshotItems(table), DynamoDBCommitLog(table), until)


def batch_records(environment: str) -> BatchRecords:
    """The records of an environment's batches."""
    return BatchRecords(f"{prefix(environment)}-batches")


def _fetch(bucket: str, until: Deadline) -> Fetch:
    blobs = S3Blobs(bucket)
    return lambda key: blobs.get(key, until)

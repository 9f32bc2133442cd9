"""The bucket of events that are too large for the events table."""

from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.private_bucket import private_bucket
from stacks.constructs.table import RECOVERY_DAYS
from stacks.environment import Environment

KEPT = Duration.days(RECOVERY_DAYS)  # a table that is restored finds the objects of its time


class OverflowBucket(Construct):
    """A versioned, encrypted, private bucket whose objects never expire: commits point to them.

    What the collector deletes can be had back as long as the table's point-in-time recovery reaches.
    """

    def __init__(self, scope: Construct, id: str, *, bucket_name: str, environment: Environment) -> None:
        super().__init__(scope, id)
        private_bucket(
            self,
            bucket_name=bucket_name,
            environment=environment,
            unlogged="Who reads and writes commits is CloudTrail's to say.",
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="deleted", noncurrent_version_expiration=KEPT, abort_incomplete_multipart_upload_after=KEPT
                )
            ],
        )

"""The bucket of events that are too large for the events table."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.nag import acknowledge
from stacks.constructs.table import RECOVERY_DAYS
from stacks.environments import Environment

KEPT = Duration.days(RECOVERY_DAYS)  # a table that is restored finds the objects of its time


class OverflowBucket(Construct):
    """A versioned, encrypted, private bucket whose objects never expire: commits point to them.

    What the collector deletes can be had back as long as the table's point-in-time recovery reaches.
    """

    def __init__(self, scope: Construct, id: str, *, bucket_name: str, environment: Environment) -> None:
        super().__init__(scope, id)
        bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=bucket_name,
            versioned=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=environment.tls_only,
            removal_policy=RemovalPolicy.RETAIN if environment.retain_data else RemovalPolicy.DESTROY,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="deleted", noncurrent_version_expiration=KEPT, abort_incomplete_multipart_upload_after=KEPT
                )
            ],
        )
        acknowledge(bucket, {"AwsSolutions-S1": "Who reads and writes commits is CloudTrail's to say."})
        if not environment.tls_only:
            acknowledge(bucket, {"AwsSolutions-S10": "The emulator on this machine speaks plain http only."})

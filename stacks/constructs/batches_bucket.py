"""The bucket of batches: manifests that users upload, and what plans and workers write beside them."""

from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.private_bucket import private_bucket
from stacks.environment import Environment

OURS = "batches/"
KEPT = Duration.days(30)


class BatchesBucket(Construct):
    """A versioned, encrypted, private bucket.

    `manifests/…` is for uploads; `batches/<id>/…` holds copies, chunk indexes and lists of failures for 30 days. A
    batch pins the version of its manifest, so that an upload over it changes nothing; old versions go after 30 days.
    """

    def __init__(self, scope: Construct, id: str, *, bucket_name: str, environment: Environment) -> None:
        super().__init__(scope, id)
        private_bucket(
            self,
            bucket_name=bucket_name,
            environment=environment,
            unlogged="Manifests are inputs, not records; who reads them is CloudTrail's to say.",
            lifecycle_rules=[
                s3.LifecycleRule(id="ours", prefix=OURS, expiration=KEPT),
                s3.LifecycleRule(
                    id="overwritten", noncurrent_version_expiration=KEPT, abort_incomplete_multipart_upload_after=KEPT
                ),
            ],
        )

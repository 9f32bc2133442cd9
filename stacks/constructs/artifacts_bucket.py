"""The bucket in which the pipeline hands on what one action has made to the next."""

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.nag import acknowledge

KEPT = Duration.days(30)


class ArtifactsBucket(Construct):
    """An encrypted, private bucket, whose objects go after 30 days. All of them can be made again from the source.

    Parameters
    ----------
    shared : bool
        Other accounts read from it: they need a key that they may use, which costs by the month.

    Attributes
    ----------
    bucket : s3.Bucket
    """

    def __init__(self, scope: Construct, id: str, *, shared: bool) -> None:
        super().__init__(scope, id)
        key = kms.Key(self, "Key", enable_key_rotation=True, removal_policy=RemovalPolicy.DESTROY) if shared else None
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=f"tallygate-pipeline-{Aws.ACCOUNT_ID}-{Aws.REGION}",
            encryption=s3.BucketEncryption.KMS if shared else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=shared or None,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            removal_policy=RemovalPolicy.DESTROY,
            lifecycle_rules=[
                s3.LifecycleRule(id="all", expiration=KEPT, abort_incomplete_multipart_upload_after=Duration.days(1))
            ],
        )
        acknowledge(self, {"AwsSolutions-S1": "Copies of the source and of templates; who reads them is CloudTrail's."})

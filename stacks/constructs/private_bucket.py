"""A bucket that nobody but our functions sees: what all our buckets have in common."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.data_key import data_key
from stacks.constructs.nag import acknowledge
from stacks.environment import Environment


def private_bucket(
    scope: Construct,
    *,
    bucket_name: str,
    environment: Environment,
    lifecycle_rules: Sequence[s3.LifecycleRule],
    unlogged: str,
) -> s3.Bucket:
    """A versioned, encrypted, private bucket.

    Parameters
    ----------
    unlogged : str
        Why its accesses are not logged.
    """
    key = data_key(scope, environment)
    bucket = s3.Bucket(
        scope,
        "Bucket",
        bucket_name=bucket_name,
        versioned=True,
        encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
        encryption_key=key,
        bucket_key_enabled=True if key else None,  # one request to KMS for many objects
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=environment.tls_only,
        removal_policy=RemovalPolicy.RETAIN if environment.retain_data else RemovalPolicy.DESTROY,
        lifecycle_rules=list(lifecycle_rules),
    )
    acknowledge(bucket, {"AwsSolutions-S1": unlogged})
    if not environment.tls_only:
        acknowledge(bucket, {"AwsSolutions-S10": "The emulator on this machine speaks plain http only."})
    return bucket

"""The keys of a bucket of S3."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.put_if_absent import resend

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectsV2OutputTypeDef

DEADLINE_SECONDS = 20.0  # of one page
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class S3Keys:
    """The keys of a bucket.

    Parameters
    ----------
    bucket : str
        Its name.
    client : S3Client, optional
        Default: the process's client with Tallygate's deadlines.

    Raises
    ------
    InvalidInput
        That is no bucket's name.
    """

    def __init__(self, bucket: str, client: "S3Client | None" = None) -> None:
        if not _BUCKET.fullmatch(bucket):
            raise InvalidInput(f"{bucket!r} is no bucket's name: give the name alone, no ARN and no s3://")
        self._bucket = bucket
        self._client = client or aws.s3()

    def pages(self, prefix: str, size: int) -> Iterator[Sequence[str]]:
        """See `Keys.pages`."""
        token: str | None = ""
        while token is not None:
            answer = self._page(prefix, size, token)
            yield [found["Key"] for found in answer.get("Contents", ())]
            token = answer.get("NextContinuationToken")

    def _page(self, prefix: str, size: int, token: str) -> "ListObjectsV2OutputTypeDef":
        def call() -> "ListObjectsV2OutputTypeDef":
            if token:
                return self._client.list_objects_v2(
                    Bucket=self._bucket, Prefix=prefix, MaxKeys=size, ContinuationToken=token
                )
            return self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, MaxKeys=size)

        try:
            return resend(call, Deadline.after(DEADLINE_SECONDS), what=f"the list of s3://{self._bucket}/{prefix}")
        except ClientError as exc:
            if aws.error_code(exc) == "NoSuchBucket":
                raise InvalidInput(f"the bucket {self._bucket} does not exist: mend its name, or create it") from exc
            raise InvalidInput(
                f"s3://{self._bucket}/{prefix} can't be listed ({exc}): allow the function s3:ListBucket on the bucket"
            ) from exc

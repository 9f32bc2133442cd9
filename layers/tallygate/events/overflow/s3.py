"""Overflow objects in S3."""

from collections.abc import Callable, Iterator
from datetime import UTC
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.events.overflow.blobs import Blob, BlobMissing, BlobsUnusable
from tallygate.put_if_absent import resend

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

_FORBIDDEN = (
    "S3 refuses {what} of {where} ({error}): give the role s3:GetObject and s3:PutObject on the bucket's objects "
    "(Permissions.use_overflow), the collector also s3:ListBucket and s3:DeleteObject. Without s3:ListBucket an object "
    "that does not exist is refused in the same words: if others can be read, look whether this one is there"
)
_NO_BUCKET = (
    "{where}: there is no such bucket: mend OVERFLOW_BUCKET, or deploy the stack that makes it (stacks/events.py)"
)


class S3Blobs:
    """Objects in a bucket of their own.

    Parameters
    ----------
    bucket : str
        Versioned, so that what was deleted by mistake can be had back.
    client : S3Client, optional
        Default: the process's client with Tallygate's deadlines, made when it is first needed.
    """

    def __init__(self, bucket: str, client: "S3Client | None" = None) -> None:
        self._bucket = bucket
        self._given = client

    def put(self, key: str, content: bytes, until: Deadline) -> None:
        """See `Blobs.put`."""
        self._send(
            "the write",
            key,
            lambda: self._client.put_object(Bucket=self._bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256"),
            until,
        )

    def get(self, key: str, until: Deadline) -> bytes:
        """See `Blobs.get`. A transfer that breaks off is begun again."""

        def call() -> bytes:
            return self._client.get_object(Bucket=self._bucket, Key=key, ChecksumMode="ENABLED")["Body"].read()

        return self._send("the read", key, call, until)

    def all(self, until: Deadline) -> Iterator[Blob]:
        """See `Blobs.all`. One request per 1,000 objects, and one that finds no more."""
        after = ""
        while True:
            page = self._page(after, until)
            yield from page
            if not page:
                return
            after = page[-1].key

    def delete(self, key: str, until: Deadline) -> None:
        """See `Blobs.delete`."""
        self._send("the deletion", key, lambda: self._client.delete_object(Bucket=self._bucket, Key=key), until)

    def _page(self, after: str, until: Deadline) -> list[Blob]:
        answer = self._send(
            "the listing", "", lambda: self._client.list_objects_v2(Bucket=self._bucket, StartAfter=after), until
        )
        return [
            Blob(one["Key"], one["Size"], one["LastModified"].astimezone(UTC)) for one in answer.get("Contents", ())
        ]

    @property
    def _client(self) -> "S3Client":
        return self._given or aws.s3()

    def _send(self, what: str, key: str, call: Callable[[], T], until: Deadline) -> T:
        where = f"s3://{self._bucket}/{key}"
        try:
            return resend(call, until, what=f"{what} of {where}")
        except ClientError as exc:
            match aws.error_code(exc):
                case "NoSuchKey":
                    raise BlobMissing(where) from exc
                case "NoSuchBucket":
                    raise BlobsUnusable(_NO_BUCKET.format(where=where)) from exc
                case "AccessDenied":
                    raise BlobsUnusable(_FORBIDDEN.format(what=what, where=where, error=exc)) from exc
            raise

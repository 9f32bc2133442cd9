"""The object store on S3."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from tallygate import aws
from tallygate.batch.errors import BadInput
from tallygate.batch.location import Location
from tallygate.batch.objects import Opened
from tallygate.batch.records import Source
from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tallygate.put_if_absent import resend

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CopyObjectOutputTypeDef, GetObjectOutputTypeDef, PutObjectOutputTypeDef

T = TypeVar("T")

BLOCK_BYTES = 1024 * 1024
DEADLINE_SECONDS = 30.0

_CURES = {
    "NoSuchBucket": "the bucket {bucket} does not exist: mend the name, or create it",
    "NoSuchKey": "{location} does not exist: upload the manifest or mend its key",
    "AccessDenied": (
        "{location} may not be read: add {bucket!r} to the property manifest_buckets of the environment "
        "(stacks/environments.py) and deploy; a bucket of another account must also permit it by its own policy"
    ),
}


class S3ObjectStore:
    """Objects in S3.

    Parameters
    ----------
    bucket : str
        Our own bucket; versioned.
    client : S3Client, optional
        Default: the process's client with Tallygate's deadlines.
    """

    def __init__(self, bucket: str, client: "S3Client | None" = None) -> None:
        self._bucket = bucket
        self._client = client or aws.s3()

    def open(self, location: Location) -> Opened:
        """See `ObjectStore.open`."""

        def call() -> "GetObjectOutputTypeDef":
            return self._client.get_object(Bucket=location.bucket, Key=location.key)

        try:
            answer = self._resend(call, location)
        except ClientError as exc:
            cure = _CURES.get(aws.error_code(exc), "{location} can't be read: {error}")
            raise BadInput(cure.format(location=location, bucket=location.bucket, error=exc)) from exc
        version = answer.get("VersionId", "null")
        source = Source(bucket=location.bucket, key=location.key, version="" if version == "null" else version)
        return Opened(source=source, blocks=_blocks(answer["Body"], location))

    def adopt(self, opened: Opened, key: str) -> Opened:
        """See `ObjectStore.adopt`."""
        location = Location(bucket=self._bucket, key=key)

        def call() -> "CopyObjectOutputTypeDef":
            return self._client.copy_object(
                Bucket=self._bucket,
                Key=key,
                CopySource={"Bucket": opened.source.bucket, "Key": opened.source.key},
                TaggingDirective="REPLACE",  # by none: to copy tags needs permissions that we don't have
            )

        self._resend(call, location)
        return self.open(location)

    def read(self, source: Source, start: int = 0, end: int | None = None) -> bytes:
        """See `ObjectStore.read`."""
        span = f"bytes={start}-{'' if end is None else end - 1}"
        version = {"VersionId": source.version} if source.version else {}

        def call() -> bytes:
            return self._client.get_object(Bucket=source.bucket, Key=source.key, Range=span, **version)["Body"].read()  # type: ignore[arg-type]

        return self._resend(call, f"s3://{source.bucket}/{source.key}")

    def put(self, key: str, content: bytes) -> Source:
        """See `ObjectStore.put`."""

        def call() -> "PutObjectOutputTypeDef":
            return self._client.put_object(Bucket=self._bucket, Key=key, Body=content)

        answer = self._resend(call, f"s3://{self._bucket}/{key}")
        return Source(bucket=self._bucket, key=key, version=answer.get("VersionId", ""))

    def write(self, key: str, blocks: Iterable[bytes]) -> Source:
        """See `ObjectStore.write`."""
        return self.put(key, b"".join(blocks))

    def _resend(self, call: Callable[[], T], what: object) -> T:
        return resend(call, Deadline.after(DEADLINE_SECONDS), what=f"the transfer of {what}")


def _blocks(body: "StreamingBody", location: Location) -> Iterator[bytes]:
    try:
        yield from body.iter_chunks(BLOCK_BYTES)
    except BotoCoreError as exc:
        raise Unavailable(f"the transfer of {location} broke off ({exc}): start the same batch again") from exc

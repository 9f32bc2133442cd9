"""The object store on S3."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from tallygate import aws
from tallygate.batch.errors import BadInput
from tallygate.batch.objects import Opened
from tallygate.batch.plan.location import Location
from tallygate.batch.records import Source
from tallygate.batch.s3_upload import S3Upload
from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tallygate.put_if_absent import resend

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, PutObjectOutputTypeDef

T = TypeVar("T")

BLOCK_BYTES = 1024 * 1024
DEADLINE_SECONDS = 30.0
MAX_TRIES = 5  # to read on without getting anything

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
        Default: the process's client with Tallygate's deadlines, made when it is first needed.
    """

    def __init__(self, bucket: str, client: "S3Client | None" = None) -> None:
        self._bucket = bucket
        self._given = client

    @property
    def _client(self) -> "S3Client":
        return self._given or aws.s3()

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
        return Opened(source=source, blocks=self._blocks(answer, source))

    def read(self, source: Source, start: int = 0, end: int | None = None) -> bytes:
        """See `ObjectStore.read`."""
        span = f"bytes={start}-{'' if end is None else end - 1}"
        version = {"VersionId": source.version} if source.version else {}

        def call() -> bytes:
            return self._client.get_object(Bucket=source.bucket, Key=source.key, Range=span, **version)["Body"].read()  # type: ignore[arg-type]

        try:
            return self._resend(call, f"s3://{source.bucket}/{source.key}")
        except ClientError as exc:
            if aws.error_code(exc) != "InvalidRange":  # S3's word for a part that begins at the end or after it
                raise
            return b""

    def put(self, key: str, content: bytes) -> Source:
        """See `ObjectStore.put`."""

        def call() -> "PutObjectOutputTypeDef":
            return self._client.put_object(Bucket=self._bucket, Key=key, Body=content)

        answer = self._resend(call, f"s3://{self._bucket}/{key}")
        return Source(bucket=self._bucket, key=key, version=answer.get("VersionId", ""))

    def write(self, key: str, blocks: Iterable[bytes]) -> Source:
        """See `ObjectStore.write`."""
        upload = S3Upload(
            self._client, self._bucket, key, lambda call: self._resend(call, f"s3://{self._bucket}/{key}")
        )
        return Source(bucket=self._bucket, key=key, version=upload.write(blocks))

    def _blocks(self, opened: "GetObjectOutputTypeDef", source: Source) -> Iterator[bytes]:
        """The object's content. A transfer that breaks off goes on from where it was, with the same version."""
        body, at, tries = opened["Body"], 0, MAX_TRIES
        why: Exception | None = None
        while tries:
            try:
                for block in body.iter_chunks(BLOCK_BYTES):
                    at += len(block)
                    tries = MAX_TRIES
                    yield block
            except BotoCoreError as exc:
                if not aws.is_unanswered(exc):
                    raise _broken(source, exc) from exc
                why = exc
            if at >= opened["ContentLength"]:
                return
            tries -= 1
            body = self._rest(opened, source, at)
        raise _broken(source, why) from why

    def _rest(self, opened: "GetObjectOutputTypeDef", source: Source, at: int) -> "StreamingBody":
        # Where there are no versions, the tag of the content tells that it is another one by now.
        pinned: Any = {"VersionId": source.version} if source.version else {"IfMatch": opened["ETag"]}

        def call() -> "GetObjectOutputTypeDef":
            return self._client.get_object(Bucket=source.bucket, Key=source.key, Range=f"bytes={at}-", **pinned)

        try:
            return self._resend(call, f"s3://{source.bucket}/{source.key}")["Body"]
        except ClientError as exc:
            raise _broken(source, exc) from exc

    def _resend(self, call: Callable[[], T], what: object) -> T:
        return resend(call, Deadline.after(DEADLINE_SECONDS), what=f"the transfer of {what}")


def _broken(source: Source, exc: Exception | None) -> Unavailable:
    return Unavailable(
        f"the transfer of s3://{source.bucket}/{source.key} broke off ({exc}): start the same batch again"
    )

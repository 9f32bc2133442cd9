"""An export in S3."""

import io
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.events.everything.errors import CorruptExport
from tallygate.events.everything.files import missing
from tallygate.put_if_absent import resend

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined]

    from mypy_boto3_s3 import S3Client

BLOCK_BYTES = 4 * 1024 * 1024
_DEADLINE_SECONDS = 60.0


class S3Folder:
    """An export in S3.

    Parameters
    ----------
    client : S3Client
    bucket : str
    folder : str
        The key up to the file names, for example `prefix/AWSDynamoDB/01693685827463-2d8752fd`.
    """

    def __init__(self, client: "S3Client", bucket: str, folder: str) -> None:
        self._client = client
        self._bucket = bucket
        self._folder = folder.rstrip("/")

    def open(self, name: str) -> BinaryIO:
        """See `ExportFiles.open`."""
        raw = _Object(self._client, self._bucket, f"{self._folder}/{name}")
        return cast(BinaryIO, io.BufferedReader(raw, BLOCK_BYTES))


class _Object(io.RawIOBase):
    """An object in blocks, so that a connection that breaks costs one block, not a file of gigabytes."""

    def __init__(self, client: "S3Client", bucket: str, key: str) -> None:
        self._client, self._bucket, self._key = client, bucket, key
        self._position = 0
        try:
            head = self._resend(lambda: client.head_object(Bucket=bucket, Key=key))
        except ClientError as exc:
            raise self._translated(exc) from exc
        self._size, self._etag = head["ContentLength"], head["ETag"]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer") -> int:
        view = memoryview(buffer)
        end = min(self._position + len(view), self._size)
        if end == self._position:
            return 0
        span = f"bytes={self._position}-{end - 1}"

        def call() -> bytes:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key, Range=span, IfMatch=self._etag)
            return answer["Body"].read()

        try:
            block = self._resend(call)
        except ClientError as exc:
            raise self._translated(exc) from exc
        view[: len(block)] = block
        self._position += len(block)
        return len(block)

    def _resend(self, call: Any) -> Any:  # noqa: ANN401 (what the call returns)
        return resend(call, Deadline.after(_DEADLINE_SECONDS), what=f"the transfer of {self._where}")

    def _translated(self, exc: ClientError) -> Exception:
        code = aws.error_code(exc)
        if code in {"NoSuchKey", "404"}:
            return missing(self._where)
        if code in {"PreconditionFailed", "412"}:
            return CorruptExport(f"{self._where} was replaced while it was read: read the export again, from the start")
        return InvalidInput(f"{self._where} can't be read ({exc}): mend the name, or allow s3:GetObject on it")

    @property
    def _where(self) -> str:
        return f"s3://{self._bucket}/{self._key}"

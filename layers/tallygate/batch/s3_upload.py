"""Writes an object of any size to S3 as it comes, in bounded memory."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from tallygate.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

T = TypeVar("T")

PART_BYTES = 8 * 1024 * 1024  # of at least 5 MB and at most 10,000 parts: 84 GB


class Resend(Protocol):
    """Sends a call again while it gets no answer; then `Unavailable`."""

    def __call__(self, call: Callable[[], T]) -> T:
        """What the call returns."""
        ...


class S3Upload:
    """The upload of one object: one put where it is small, else in parts, each sent again by itself.

    Parameters
    ----------
    client : S3Client
    bucket, key : str
        A key of its own, which nobody else writes to.
    resend : callable
    """

    def __init__(self, client: "S3Client", bucket: str, key: str, resend: Resend) -> None:
        self._client = client
        self._resend = resend
        self._target: Any = {"Bucket": bucket, "Key": key}

    def write(self, blocks: Iterable[bytes]) -> str:
        """Write all blocks; returns the object's version. What the blocks raise leaves no object behind."""
        parts = parts_of(blocks)
        first = next(parts)
        if len(first) < PART_BYTES:
            return self._resend(lambda: self._client.put_object(**self._target, Body=first)).get("VersionId", "")
        created = self._resend(lambda: self._client.create_multipart_upload(**self._target))
        upload: Any = self._target | {"UploadId": created["UploadId"]}
        try:
            done = [self._part(upload, 1, first)]
            done += [self._part(upload, number, part) for number, part in enumerate(parts, 2) if part]
            return self._complete(upload, done)
        except BaseException:
            with suppress(BotoCoreError, ClientError, Unavailable):  # the bucket's lifecycle removes it otherwise
                self._resend(lambda: self._client.abort_multipart_upload(**upload))
            raise

    def _part(self, upload: Any, number: int, content: bytes) -> "CompletedPartTypeDef":  # noqa: ANN401 (see write)
        answer = self._resend(lambda: self._client.upload_part(**upload, PartNumber=number, Body=content))
        checksums = {name: answer[name] for name in answer if name.startswith("Checksum")}  # type: ignore[literal-required]
        return {"PartNumber": number, "ETag": answer["ETag"]} | checksums  # type: ignore[return-value]

    def _complete(self, upload: Any, parts: "list[CompletedPartTypeDef]") -> str:  # noqa: ANN401 (see write)
        parted: Any = {"MultipartUpload": {"Parts": parts}}
        try:
            answer = self._resend(lambda: self._client.complete_multipart_upload(**upload, **parted))
        except self._client.exceptions.NoSuchUpload:
            # An earlier try has completed it, and its answer was lost: the object is there, under a key that is ours.
            return self._resend(lambda: self._client.head_object(**self._target)).get("VersionId", "")
        return answer.get("VersionId", "")


def parts_of(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The content in parts of `PART_BYTES` or a little more; the last is smaller, and may be empty."""
    held: list[bytes] = []
    size = 0
    for block in blocks:
        held.append(block)
        size += len(block)
        if size >= PART_BYTES:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)

"""Writes a table's items as an export of DynamoDB to S3 has them ("DynamoDB table export output format")."""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/events/export/01693685827463-2d8752fd"
PREFIX = "backups/AWSDynamoDB/01693685827463-2d8752fd"


def export(
    folder: Path, items: Iterable[Mapping[str, Any]], *, files: int = 3, summary: Mapping[str, str] | None = None
) -> Path:
    """A full export of the items, dealt out to the files; `summary` overrides fields of the summary."""
    (folder / "data").mkdir(parents=True)
    names = [folder / "data" / f"{number:026}.json.gz" for number in range(files)]
    counts = [0] * files
    with ExitStack() as stack:
        outs = [stack.enter_context(gzip.open(name, "wb", compresslevel=1)) for name in names]
        for number, item in enumerate(items):
            outs[number % files].write(json.dumps({"Item": as_json(item)}, separators=(",", ":")).encode() + b"\n")
            counts[number % files] += 1
    manifest(folder, dict(zip((name.name for name in names), counts, strict=True)))
    fields = {
        "version": "2020-06-30",
        "exportArn": ARN,
        "startTime": "2026-11-20T07:28:34.028Z",
        "endTime": "2026-11-20T07:33:43.897Z",
        "tableArn": ARN.partition("/export/")[0],
        "tableId": "12345a12-abcd-123a-ab12-1234abc12345",
        "exportTime": "2026-11-20T07:28:34.028Z",
        "s3Bucket": "backups",
        "s3Prefix": "backups",
        "s3SseAlgorithm": "AES256",
        "s3SseKmsKeyId": None,
        "manifestFilesS3Key": f"{PREFIX}/manifest-files.json",
        "billedSizeBytes": 0,
        "itemCount": sum(counts),
        "outputFormat": "DYNAMODB_JSON",
        "exportType": "FULL_EXPORT",
    }
    (folder / "manifest-summary.json").write_text(json.dumps(fields | dict(summary or {})))
    return folder


def manifest(folder: Path, counts: Mapping[str, int]) -> None:
    """`manifest-files.json` for the files as they are."""
    lines = [
        {
            "itemCount": count,
            "md5Checksum": base64.b64encode(hashlib.md5((folder / "data" / name).read_bytes()).digest()).decode(),
            "etag": "8b6e0b0e0a0f4f5a9c2d-1",
            "dataFileS3Key": f"{PREFIX}/data/{name}",
        }
        for name, count in counts.items()
    ]
    (folder / "manifest-files.json").write_text("".join(json.dumps(line) + "\n" for line in lines))


def as_json(value: Any) -> Any:
    """An item as text: binary values in base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {name: as_json(part) for name, part in value.items()}
    return [as_json(part) for part in value] if isinstance(value, list) else value

"""The failed items of a chunk: in its record while they are few, else in S3."""

import json
from collections.abc import Sequence

from tallygate.batch.objects import ObjectStore
from tallygate.batch.records import Failure, Manifest

MAX_RECORD_BYTES = 100 * 1024
MAX_POLL_BYTES = 20 * 1024 * 1024  # of all C records together, which each poll of the gatekeeper reads
_ENTRY_BYTES = 40  # of an entry in DynamoDB beyond its texts: names, types, the number


def room(chunks: int) -> int:
    """Bytes for the list in each of so many records."""
    return min(MAX_RECORD_BYTES, MAX_POLL_BYTES // max(1, chunks))


def stored_bytes(failures: Sequence[Failure]) -> int:
    """About what the list takes in DynamoDB."""
    return sum(len(one.id.encode()) + len(one.error.encode()) + _ENTRY_BYTES for one in failures)


def overflow(objects: ObjectStore, manifest: Manifest, i: int, attempt: str, failures: Sequence[Failure]) -> str:
    """Empty if the list fits into the record, else the key of the S3 object into which it was written.

    Raises
    ------
    Unavailable
    """
    if stored_bytes(failures) <= room(manifest.chunks):
        return ""
    key = f"batches/{manifest.batch}/g{manifest.generation}/failures-{i}-{attempt}.json"
    content = json.dumps([{"number": one.number, "id": one.id, "error": one.error} for one in failures])
    return objects.put(key, content.encode()).key

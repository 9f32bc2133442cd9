"""What the judge has: the raw items of both tables, the objects they point to. No code of the library."""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from local.deployment import BATCHES_TABLE, BUCKET, EVENTS_TABLE, Deployment

Row = dict[str, Any]
_read = TypeDeserializer().deserialize


@dataclass(frozen=True)
class Generation:
    """One generation of a batch, as it lies in the batches table and in the bucket.

    Parameters
    ----------
    batch : str
    number : int
    manifest : dict
    report : dict or None
    records : mapping of int to dict
        Chunk records by number.
    ids : sequence of sequences of str
        The items of each chunk, from the lines that the index points to.
    sizes : sequence of int
        How many items the index says.
    failures : mapping of int to sequence of (str, str)
        By chunk: ids and errors, wherever they are kept.
    """

    batch: str
    number: int
    manifest: Row
    report: Row | None
    records: Mapping[int, Row]
    ids: Sequence[Sequence[str]]
    sizes: Sequence[int]
    failures: Mapping[int, Sequence[tuple[str, str]]]

    @property
    def name(self) -> str:
        return f"{self.batch} g{self.number}"

    def total(self, what: str) -> int:
        """Of `ok`, `failed` or `abandoned`, folded."""
        return sum(int(record[what]) for record in self.records.values())

    def ok_items(self) -> Iterator[str]:
        """The items that the records say are ok."""
        for i, record in self.records.items():
            if record["outcome"] == "DONE" and i < len(self.ids):
                failed = {id for id, _ in self.failures[i]}
                yield from (id for id in self.ids[i] if id not in failed)

    def left(self) -> set[str]:
        """The items that are not."""
        return {id for chunk in self.ids for id in chunk} - set(self.ok_items())


@dataclass(frozen=True)
class Commit:
    """One commit."""

    stream: str
    version: int
    id: str
    commands: tuple[str, ...]
    events: Sequence[Row]


def generations(deployment: Deployment) -> list[Generation]:
    """All generations of all batches, in order."""
    kinds: dict[tuple[str, int], dict[str, Row]] = defaultdict(dict)
    for row in scan(deployment, BATCHES_TABLE):
        batch, (generation, _, kind) = row["pk"].split("#")[1], row["sk"].partition("#")
        if not kind.startswith("progress#"):
            kinds[batch, int(generation.removeprefix("g"))][kind] = row
    # A scan is no snapshot: it may come upon the first chunk of a generation and have missed its manifest.
    return [_generation(deployment, *key, rows) for key, rows in sorted(kinds.items()) if "manifest" in rows]


def commits(deployment: Deployment) -> list[Commit]:
    """All commits of the events table."""
    return [_commit(row) for row in scan(deployment, EVENTS_TABLE) if int(row["sk"]) > 0]


def scan(deployment: Deployment, table: str) -> Iterator[Row]:
    """All items of a table, as Python's values."""
    for page in deployment.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from ({name: _read(value) for name, value in item.items()} for item in page["Items"])


def index(deployment: Deployment, manifest: Row) -> list[dict[str, int]]:
    """The chunk index that a manifest points to."""
    rows: list[dict[str, int]] = json.loads(_content(deployment, manifest["index"]))
    return rows


def _generation(deployment: Deployment, batch: str, number: int, rows: Mapping[str, Row]) -> Generation:
    manifest = rows["manifest"]
    chunks, content = index(deployment, manifest), _content(deployment, manifest["source"])
    records = {int(row["i"]): row for kind, row in rows.items() if kind.startswith("chunk#")}
    return Generation(
        batch=batch,
        number=number,
        manifest=manifest,
        report=rows.get("report"),
        records=records,
        ids=[_ids(content[chunk["start"] : chunk["end"]]) for chunk in chunks],
        sizes=[chunk["items"] for chunk in chunks],
        failures={i: _failures(deployment, row) for i, row in records.items()},
    )


def _ids(lines: bytes) -> list[str]:
    return [line.partition(b",")[0].decode() for line in lines.splitlines()]


def _failures(deployment: Deployment, record: Row) -> list[tuple[str, str]]:
    failures = record["failures"]
    if key := record["failures_key"]:
        failures = json.loads(_content(deployment, {"bucket": BUCKET, "key": key, "version": ""}))
    return [(one["id"], one["error"]) for one in failures]


def _content(deployment: Deployment, source: Mapping[str, str]) -> bytes:
    bucket, key, version = source["bucket"], source["key"], source["version"]
    if version:
        return deployment.s3.get_object(Bucket=bucket, Key=key, VersionId=version)["Body"].read()
    return deployment.s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def _commit(row: Row) -> Commit:
    match row["codec"]:
        case "json":
            text = row["events"].encode()
        case "json+zlib":
            text = zlib.decompress(bytes(row["events"]))
        case codec:
            raise ValueError(f"the commit {row['commit_id']} is stored as {codec!r}, which the judge can't read")
    return Commit(row["pk"], int(row["sk"]), row["commit_id"], tuple(row.get("commands", ())), json.loads(text))

"""What the judge has: the history that the clients wrote, and the raw items of the table. No code of the library."""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

SNAPSHOT = 0


@dataclass(frozen=True)
class Call:
    """One call as its client saw it; `ended` is None where it never got an answer."""

    op: str
    call: str
    stream: str
    command: str
    began: float
    ended: float | None = None
    outcome: str = "none"
    version: int | None = None
    commit: str | None = None
    repeated: bool = False


@dataclass(frozen=True)
class Stored:
    """One commit as it lies in the table."""

    stream: str
    version: int
    commit: str
    commands: tuple[str, ...]
    amounts: tuple[int, ...]
    op: str  # of a plain append


@dataclass(frozen=True)
class Evidence:
    """All of it."""

    calls: tuple[Call, ...]
    commits: tuple[Stored, ...]
    by_stream: Mapping[str, list[Stored]] = field(init=False)

    def __post_init__(self) -> None:
        streams: dict[str, list[Stored]] = defaultdict(list)
        for commit in sorted(self.commits, key=lambda commit: commit.version):
            streams[commit.stream].append(commit)
        object.__setattr__(self, "by_stream", dict(streams))


def calls(folder: Path) -> tuple[Call, ...]:
    """Read the histories of all processes. Raises ValueError for an end without a beginning."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("history-*.jsonl")):
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            kind, op, at = entry.pop("kind"), entry["op"], entry.pop("at")
            if kind == "begin":
                found[op] = entry | {"began": at}
            elif op not in found:
                raise ValueError(f"{path.name}: {op} ended and never began")
            else:
                found[op] |= entry | {"ended": at}
    return tuple(Call(**entry) for entry in found.values())


def commits(endpoint: str, table: str) -> tuple[Stored, ...]:
    """Scan the table with nothing but boto3."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    items: Iterable[Mapping[str, Any]] = (item for page in pages for item in page["Items"])
    return tuple(_stored(item) for item in items if int(item["sk"]["N"]) != SNAPSHOT)


def _stored(item: Mapping[str, Any]) -> Stored:
    codec, events = item["codec"]["S"], item["events"]
    text = zlib.decompress(events["B"]) if codec == "json+zlib" else events["S"]
    return Stored(
        stream=item["pk"]["S"],
        version=int(item["sk"]["N"]),
        commit=item["commit_id"]["S"],
        commands=tuple(id["S"] for id in item.get("commands", {"L": []})["L"]),
        amounts=tuple(event["data"]["amount"] for event in json.loads(text)),
        op=item.get("meta", {"M": {}})["M"].get("op", {"S": ""})["S"],
    )

"""Every commit of a table is read once, each stream in order, also when the reading is left and taken up again."""

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws
from mypy_boto3_dynamodb import DynamoDBClient

from tallygate import aws
from tallygate.errors import InvalidInput, Unavailable
from tallygate.events import Commit, CorruptStream, StoredEvent, stream_id
from tallygate.events.command_index import CommandIndex
from tallygate.events.everything import NoFetch, Reading, S3Folder, WrongCheckpoint, read_export, scan
from tallygate.events.items import commit_item, snapshot_item
from tallygate.events.snapshot import Snapshot
from tests.conftest import ANYBODY
from tests.contract.exporter import PREFIX, export
from tests.contract.test_commit_log import AT, noise
from tests.tables import create_events_table

Read = Callable[..., Reading]
Source = tuple[Read, list[Commit]]
STREAMS = 12


def some_commits() -> list[Commit]:
    """Streams of 1 to 12 commits, some in compressed bytes."""
    texts = {0: "short", 1: "x" * 3000}
    return [
        Commit(
            stream_id("account", str(number)),
            version,
            str(uuid4()),
            (StoredEvent("Noted", 1, {"text": texts[version % 2]}),),
            (f"c{version}",),
            AT,
        )
        for number in range(STREAMS)
        for version in range(1, number + 2)
    ]


def items_of(commits: Iterable[Commit]) -> list[dict[str, Any]]:
    """The table's items in no order, with a snapshot of every stream."""
    commits = list(commits)
    items = [commit_item(commit).item for commit in commits]
    ring = CommandIndex().newest(10)
    streams = sorted({commit.stream for commit in commits})
    items.extend(snapshot_item(Snapshot(stream, 1, 1, 1, AT, b"1", ring)).item for stream in streams)
    random.Random(7).shuffle(items)
    return items


def fill(client: DynamoDBClient, items: Iterable[dict[str, Any]]) -> str:
    table = create_events_table(client, f"events-{uuid4()}")
    for item in items:
        client.put_item(TableName=table, Item=item)
    return table


@pytest.fixture(params=["moto", "dynamodb-local", "folder", "s3"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Source]:
    commits = some_commits()
    items = items_of(commits)
    if request.param in {"moto", "dynamodb-local"}:
        client = request.getfixturevalue(request.param.replace("-", "_") + "_client")
        table = fill(client, items)
        yield lambda **options: scan(client, table, segments=3, **options), commits
        return
    folder = export(tmp_path / "export", items)
    if request.param == "folder":
        yield lambda **options: read_export(folder, **options), commits
        return
    with mock_aws():
        yield lambda **options: read_export(uploaded(folder), **options), commits


def uploaded(folder: Path) -> S3Folder:
    client = boto3.client("s3", config=aws.config(), **ANYBODY)
    client.create_bucket(Bucket="backups")
    for path in folder.rglob("*"):
        if path.is_file():
            client.put_object(Bucket="backups", Key=f"{PREFIX}/{path.relative_to(folder)}", Body=path.read_bytes())
    return S3Folder(client, "backups", PREFIX)


def by_stream(commits: Iterable[Commit]) -> dict[str, list[Commit]]:
    streams: dict[str, list[Commit]] = {}
    for commit in commits:
        streams.setdefault(commit.stream, []).append(commit)
    return streams


def test_every_commit_comes_once_each_stream_in_order_and_no_snapshot(source: Source) -> None:
    read, commits = source
    with read() as reading:
        assert by_stream(reading) == by_stream(commits)
        done = reading.checkpoint
    assert list(read(after=done)) == []


def test_left_after_any_number_of_commits_it_goes_on_without_a_hole_or_a_repeat(
    source: Source, request: pytest.FixtureRequest
) -> None:
    read, commits = source
    slow = request.node.callspec.params["source"] in {"moto", "s3"}
    for step in (4, 29) if slow else (1, 2, 5, 17, 40, len(commits)):
        seen: list[Commit] = []
        checkpoint, more = "", True
        while more:
            with read(after=checkpoint) as reading:
                part = [commit for _, commit in zip(range(step), reading, strict=False)]
                checkpoint = reading.checkpoint
            seen.extend(part)
            more = bool(part)
        assert by_stream(seen) == by_stream(commits), step


def test_a_checkpoint_is_refused_where_it_is_not_of_this_reading(
    dynamodb_local_client: DynamoDBClient, tmp_path: Path
) -> None:
    table = fill(dynamodb_local_client, items_of(some_commits()[:5]))
    begun = scan(dynamodb_local_client, table, segments=2).checkpoint
    with pytest.raises(WrongCheckpoint, match="another number of segments: 2, not 3"):
        scan(dynamodb_local_client, table, segments=3, after=begun)
    with pytest.raises(WrongCheckpoint, match="another scan: 'events-"):
        scan(dynamodb_local_client, "other", segments=2, after=begun)
    with pytest.raises(WrongCheckpoint, match="is no checkpoint"):
        scan(dynamodb_local_client, table, after=begun[:-3])
    with pytest.raises(WrongCheckpoint, match="another format: 2, not 1"):
        scan(dynamodb_local_client, table, segments=2, after=begun.replace('"format":1', '"format":2'))
    one, other = export(tmp_path / "1", []), export(tmp_path / "2", [], summary={"exportArn": "arn:other"})
    with pytest.raises(WrongCheckpoint, match="another export"):
        read_export(other, after=read_export(one).checkpoint)
    with pytest.raises(WrongCheckpoint, match="another kind: 'scan', not 'export'"):
        read_export(one, after=begun)


@pytest.mark.parametrize("missing", [1, 6])
def test_a_hole_is_an_error_at_every_further_step(
    dynamodb_local_client: DynamoDBClient, tmp_path: Path, missing: int
) -> None:
    commits = [commit for commit in some_commits() if (commit.stream, commit.version) != ("account-9", missing)]
    table = fill(dynamodb_local_client, items_of(commits))
    for reading in (
        scan(dynamodb_local_client, table, segments=1),
        read_export(export(tmp_path / "e", items_of(commits))),
    ):
        before: list[Commit] = []
        with pytest.raises(CorruptStream, match=f"account-9 has version {missing + 1} where {missing} must be"):
            before.extend(reading)
        with pytest.raises(CorruptStream, match="account-9"):
            next(reading)
        with pytest.raises(CorruptStream, match="account-9"):
            next(reading)


def test_a_page_ends_anywhere_and_versions_beyond_nine_come_in_order(dynamodb_local_client: DynamoDBClient) -> None:
    """DynamoDB ends a page at 1 MB: five pages of one stream."""
    large = (StoredEvent("Noted", 1, {"text": noise(150_000)}),)
    commits = [Commit(stream_id("account", "1"), n, str(uuid4()), large, (), AT) for n in range(1, 41)]
    table = fill(dynamodb_local_client, items_of(commits))
    assert list(scan(dynamodb_local_client, table)) == commits


def test_the_events_of_an_overflowed_commit_are_fetched(dynamodb_local_client: DynamoDBClient, tmp_path: Path) -> None:
    events = (StoredEvent("Noted", 1, {"text": noise(600_000)}),)
    commit = Commit(stream_id("account", "1"), 1, "id", events, (), AT)
    packed = commit_item(commit)
    assert packed.overflow is not None
    item = packed.item | {"overflow": {"S": "key"}}
    objects = {"key": packed.overflow}
    table = fill(dynamodb_local_client, [item])
    folder = export(tmp_path / "e", [item])
    sources: list[Read] = [partial(scan, dynamodb_local_client, table), partial(read_export, folder)]
    for read in sources:
        assert list(read(fetch=objects.__getitem__)) == [commit]
        with pytest.raises(NoFetch, match=r"overflow bucket \(key\): give `fetch`"):
            list(read())


def test_a_table_that_is_not_there_is_an_error_and_leaves_no_thread(dynamodb_local_client: DynamoDBClient) -> None:
    with pytest.raises(Exception, match="ResourceNotFound"):
        next(scan(dynamodb_local_client, "none"))
    assert not [thread for thread in threading.enumerate() if thread.name == "scan"]


def test_a_scan_without_answers_is_unavailable() -> None:
    client = boto3.client("dynamodb", endpoint_url="http://127.0.0.1:9", config=aws.config(attempts=1), **ANYBODY)
    with pytest.raises(Unavailable, match="the scan of events got no answer"):
        next(scan(client, "events", page_seconds=0.1))


def test_a_scan_that_is_left_stops_its_threads(dynamodb_local_client: DynamoDBClient) -> None:
    table = fill(dynamodb_local_client, items_of(some_commits()))
    reading = scan(dynamodb_local_client, table, segments=8)
    next(reading)
    del reading
    assert not [thread for thread in threading.enumerate() if thread.name == "scan"]


@pytest.mark.parametrize("segments", [0, 65])
def test_segments_out_of_range_are_refused(dynamodb_local_client: DynamoDBClient, segments: int) -> None:
    with pytest.raises(InvalidInput, match="from 1 to 64"):
        scan(dynamodb_local_client, "events", segments=segments)

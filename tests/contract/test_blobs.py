"""What every store of overflow objects promises, and the commit log on top of it."""

import base64
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count
from mypy_boto3_s3 import S3Client

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tallygate.events import Commit, StoredEvent, VersionConflict, stream_id
from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.events.overflow.__main__ import main
from tallygate.events.overflow.blobs import BlobMissing, Blobs, BlobsUnusable
from tallygate.events.overflow.key import overflow_key
from tallygate.events.overflow.memory import MemoryBlobs
from tallygate.events.overflow.s3 import S3Blobs
from tests.conftest import ANYBODY
from tests.tables import create_events_table

BUCKET = "overflow"
TABLE = "events"
STREAM = stream_id("account", "100%/")
AT = datetime(2026, 11, 21, 12, 30, 15, 123000, tzinfo=UTC)


def until(seconds: float = 10) -> Deadline:
    return Deadline.after(seconds)


def s3_client() -> S3Client:
    return boto3.client("s3", config=aws.config(), **ANYBODY)


@pytest.fixture
def bucket() -> Iterator[S3Client]:
    with mock_aws():
        client = s3_client()
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield client


@pytest.fixture(params=["memory", "moto"])
def blobs(request: pytest.FixtureRequest) -> Blobs:
    if request.param == "memory":
        return MemoryBlobs()
    return S3Blobs(BUCKET, request.getfixturevalue("bucket"))


def test_what_was_put_is_read_back(blobs: Blobs) -> None:
    content = bytes(range(256)) * 4
    for _ in range(2):  # the answer to the first was lost
        blobs.put("account-1%2F2/1/c", content, until())
    assert blobs.get("account-1%2F2/1/c", until()) == content
    assert [(blob.key, blob.size) for blob in blobs.all(until())] == [("account-1%2F2/1/c", 1024)]


def test_a_listing_has_every_object_with_its_age_beyond_one_page(blobs: Blobs) -> None:
    for n in range(1001):
        blobs.put(f"account-1/{n}/c", b"1", until())
    found = list(blobs.all(until(60)))
    assert {blob.key for blob in found} == {f"account-1/{n}/c" for n in range(1001)}
    assert len(found) == 1001
    now = datetime.now(UTC)
    assert all(now - timedelta(minutes=2) < blob.modified <= now for blob in found)


def test_a_missing_object_says_which_and_what_to_do(blobs: Blobs) -> None:
    with pytest.raises(BlobMissing, match=r"account-1/7/c is missing, .*: restore the object"):
        blobs.get("account-1/7/c", until())


def test_what_was_deleted_is_gone_and_may_be_deleted_again(blobs: Blobs) -> None:
    blobs.put("account-1/1/a", b"1", until())
    blobs.put("account-1/1/b", b"2", until())
    for _ in range(2):
        blobs.delete("account-1/1/a", until())
    assert [blob.key for blob in blobs.all(until())] == ["account-1/1/b"]


def test_s3_verifies_what_it_stores(bucket: S3Client) -> None:
    S3Blobs(BUCKET, bucket).put("account-1/1/a", b"1", until())
    head = bucket.head_object(Bucket=BUCKET, Key="account-1/1/a", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] == "a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s="


def test_a_bucket_that_does_not_exist_is_told_from_an_object_that_does_not(bucket: S3Client) -> None:
    elsewhere = S3Blobs("elsewhere", bucket)
    with pytest.raises(BlobsUnusable, match=r"s3://elsewhere/k: there is no such bucket: mend OVERFLOW_BUCKET"):
        elsewhere.get("k", until())
    with pytest.raises(BlobsUnusable, match="there is no such bucket"):
        elsewhere.put("k", b"1", until())


def test_a_refusal_is_told_from_an_object_that_does_not_exist(bucket: S3Client) -> None:
    bucket.put_object(Bucket=BUCKET, Key="k", Body=b"1")
    user = boto3.client("iam", **ANYBODY)
    user.create_user(UserName="nobody")
    key = user.create_access_key(UserName="nobody")["AccessKey"]
    theirs = boto3.client(
        "s3",
        config=aws.config(),
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    enforced = set_initial_no_auth_action_count(0)
    with pytest.raises(BlobsUnusable, match=r"refuses the read of s3://overflow/k .*s3:GetObject.*use_overflow"):
        enforced(lambda: S3Blobs(BUCKET, theirs).get("k", until()))()


def test_at_the_deadline_it_is_unavailable() -> None:
    nobody_listens = boto3.client("s3", endpoint_url="http://127.0.0.1:9", config=aws.config(attempts=1), **ANYBODY)
    blobs = S3Blobs(BUCKET, nobody_listens)
    for call in (
        lambda: blobs.put("k", b"1", until(0.2)),
        lambda: blobs.get("k", until(0.2)),
        lambda: list(blobs.all(until(0.2))),
        lambda: blobs.delete("k", until(0.2)),
    ):
        with pytest.raises(Unavailable, match=r"s3://overflow/k? ?.*before the deadline"):
            call()


def noise(size: int) -> str:
    """Text that compresses little: 6 bits of every 8 are chance."""
    return base64.b64encode(random.Random(1).randbytes(size)).decode()[:size]


def a_large_commit(version: int = 1, commit_id: str = "c-1") -> Commit:
    events = (StoredEvent("Noted", 1, {"text": noise(600 * 1024)}), StoredEvent("Noted", 1, {"text": commit_id}))
    return Commit(STREAM, version, commit_id, events, ("command-1",), AT)


@dataclass
class Overflowing:
    """A log that overflows into a bucket, both of moto."""

    log: DynamoDBCommitLog
    blobs: S3Blobs
    bucket: S3Client

    def objects(self) -> list[str]:
        return [blob.key for blob in self.blobs.all(until())]


@pytest.fixture
def overflowing(bucket: S3Client) -> Overflowing:
    client = boto3.client("dynamodb", config=aws.config(), **ANYBODY)
    blobs = S3Blobs(BUCKET, bucket)
    return Overflowing(DynamoDBCommitLog(create_events_table(client, TABLE), client, overflow=blobs), blobs, bucket)


def test_a_commit_of_600_kb_is_stored_and_read_back_equal(overflowing: Overflowing) -> None:
    commit = a_large_commit()
    stored = overflowing.log.put(commit, until())
    assert stored == commit
    assert stored.size > 400 * 1024
    assert overflowing.objects() == [overflow_key(commit)]
    assert list(overflowing.log.read(STREAM, after=0, until=until())) == [commit]
    assert overflowing.log.first_look(STREAM, until()).commits == (commit,)
    assert overflowing.log.put(commit, until()) == commit  # the answer was lost: sent again


def test_the_loser_gets_the_winner_and_the_winners_object_is_untouched(overflowing: Overflowing) -> None:
    winner, loser = a_large_commit(commit_id="winner"), a_large_commit(commit_id="loser")
    overflowing.log.put(winner, until())
    with pytest.raises(VersionConflict) as conflict:
        overflowing.log.put(loser, until())
    assert conflict.value.winner == winner
    assert list(overflowing.log.read(STREAM, after=0, until=until())) == [winner]


def test_several_large_commits_are_stored_together(overflowing: Overflowing) -> None:
    other = stream_id("account", "other")
    both = [a_large_commit(), Commit(other, 1, "c-1", a_large_commit().events, ("command-1",), AT)]
    overflowing.log.put_together(both, until())
    assert [next(overflowing.log.read(one, after=0, until=until())) for one in (STREAM, other)] == both


def test_a_commit_whose_object_is_missing_is_an_error_never_skipped(overflowing: Overflowing) -> None:
    commit = a_large_commit()
    overflowing.log.put(commit, until())
    overflowing.bucket.delete_object(Bucket=BUCKET, Key=overflow_key(commit))
    with pytest.raises(BlobMissing, match=r"s3://overflow/account-100%25%2F/1/c-1 is missing"):
        list(overflowing.log.read(STREAM, after=0, until=until()))


def test_the_command_lists_first_and_deletes_when_it_is_told_to(
    overflowing: Overflowing, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(aws, "dynamodb", lambda: boto3.client("dynamodb", **ANYBODY))
    monkeypatch.setattr(aws, "s3", s3_client)
    winner, loser = a_large_commit(commit_id="winner"), a_large_commit(commit_id="loser")
    overflowing.log.put(winner, until())
    with pytest.raises(VersionConflict):
        overflowing.log.put(loser, until())
    overflowing.bucket.put_object(Bucket=BUCKET, Key="readme.txt", Body=b"1")
    overflowing.blobs.put(overflow_key(a_large_commit(2)), b"not landed yet", until())
    command = ["--table", TABLE, "--bucket", BUCKET, "--older-than-hours", "-0.1"]
    lost, rest = overflow_key(loser), "1 kept, 1 undecided (no commit yet, or too young), 1 not ours\n"
    assert main(command) == 0
    assert capsys.readouterr().out == (f"to delete {lost}\nnot ours readme.txt\n1 to delete (--delete does), {rest}")
    assert lost in overflowing.objects()
    assert main([*command, "--delete"]) == 0
    assert capsys.readouterr().out == f"deleted {lost}\nnot ours readme.txt\n1 deleted, {rest}"
    assert sorted(overflowing.objects()) == sorted(
        [overflow_key(winner), overflow_key(a_large_commit(2)), "readme.txt"]
    )
    assert main(["--table", TABLE, "--bucket", "elsewhere"]) == 1
    assert "the collector stopped: s3://elsewhere/: there is no such bucket" in capsys.readouterr().err


def test_an_object_is_text_that_the_console_can_show(overflowing: Overflowing) -> None:
    """Its codec is the item's: what lies in the bucket is the payload as it is."""
    import zlib

    overflowing.log.put(a_large_commit(), until())
    (key,) = overflowing.objects()
    events = json.loads(zlib.decompress(overflowing.blobs.get(key, until())))
    assert [event["type"] for event in events] == ["Noted", "Noted"]

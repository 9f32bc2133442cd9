"""What every commit log promises."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from tallygate.deadline import Deadline
from tallygate.events import Commit, CommitTooLarge, InvalidEvent, StoredEvent, VersionConflict, stream_id
from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.events.log import CommitLog
from tests.contract.conftest import JUDGES_OF_A_RACE
from tests.tables import create_events_table

STREAM = stream_id("account", "1")
AT = datetime(2026, 11, 21, 12, 30, 15, 123000, tzinfo=UTC)


def until() -> Deadline:
    return Deadline.after(10)


def a_commit(version: int = 1, *amounts: int, **changes: object) -> Commit:
    events = tuple(StoredEvent("Deposited", 1, {"amount": amount}) for amount in amounts or (1,))
    commit = Commit(STREAM, version, str(uuid4()), events, ("command-1",), AT, meta={"batch": "b"})
    return replace(commit, **changes)  # type: ignore[arg-type]


def test_what_was_put_is_read_back_equal_and_in_order(commit_log: CommitLog) -> None:
    commits = [a_commit(version, 3, 1, 2) for version in range(1, 13)]
    for commit in commits:
        assert commit_log.put(commit, until()) == commit
    assert list(commit_log.read(STREAM, after=0, until=until())) == commits
    assert list(commit_log.read(STREAM, after=9, until=until())) == commits[9:]
    assert list(commit_log.read_back(STREAM, before=4, until=until())) == commits[2::-1]
    assert list(commit_log.read_back(STREAM, before=1, until=until())) == []


def test_a_stream_without_commits_is_empty(commit_log: CommitLog) -> None:
    assert list(commit_log.read(STREAM, after=0, until=until())) == []


def test_the_loser_of_a_version_gets_the_winning_commit(commit_log: CommitLog) -> None:
    winner = commit_log.put(a_commit(1, 7), until())
    with pytest.raises(VersionConflict) as conflict:
        commit_log.put(a_commit(1, 8), until())
    assert conflict.value.winner == winner
    assert list(commit_log.read(STREAM, after=0, until=until())) == [winner]


def test_the_same_commit_put_again_is_a_success_also_when_others_have_landed_since(commit_log: CommitLog) -> None:
    first = a_commit(1)
    commit_log.put(first, until())
    commit_log.put(a_commit(2), until())
    assert commit_log.put(first, until()) == first
    assert [commit.version for commit in commit_log.read(STREAM, after=0, until=until())] == [1, 2]


def test_a_repeated_put_returns_what_is_stored_not_what_is_in_hand(commit_log: CommitLog) -> None:
    first = a_commit(1, 7)
    commit_log.put(first, until())
    assert commit_log.put(replace(first, meta={"try": "2"}), until()) == first


@pytest.mark.parametrize("commit_log", JUDGES_OF_A_RACE, indirect=True)
def test_of_many_writers_at_once_exactly_one_wins_each_version(commit_log: CommitLog) -> None:
    def write(version: int) -> str | None:
        try:
            return commit_log.put(a_commit(version), until()).commit_id
        except VersionConflict:
            return None

    with ThreadPoolExecutor(16) as pool:
        for version in range(1, 6):
            won = [commit_id for commit_id in pool.map(write, [version] * 16) if commit_id]
            stored = list(commit_log.read(STREAM, after=version - 1, until=until()))
            assert won == [commit.commit_id for commit in stored]


def test_all_pages_are_read(commit_log: CommitLog) -> None:
    """DynamoDB ends a page at 1 MB: 14 commits of about 100 KB are two pages, in either direction."""
    large = tuple(StoredEvent("Noted", 1, {"text": "x" * 100_000}) for _ in range(1))
    for version in range(1, 15):
        commit_log.put(a_commit(version, events=large), until())
    assert [commit.version for commit in commit_log.read(STREAM, after=0, until=until())] == list(range(1, 15))
    assert [commit.version for commit in commit_log.read_back(STREAM, before=15, until=until())] == list(
        range(14, 0, -1)
    )


def test_a_commit_larger_than_an_item_is_refused_before_it_is_sent(commit_log: CommitLog) -> None:
    huge = (StoredEvent("Noted", 1, {"text": "x" * 400 * 1024}),)
    with pytest.raises(CommitTooLarge, match=r"40\d{4} bytes.*append its 1 events in several commits"):
        commit_log.put(a_commit(1, events=huge), until())
    assert list(commit_log.read(STREAM, after=0, until=until())) == []


def test_the_largest_commit_that_is_let_through_is_stored(dynamodb_local_client: DynamoDBClient) -> None:
    """The room kept for the other attributes is enough. (By AWS's own word: moto counts an item's size otherwise.)"""
    commit_log = DynamoDBCommitLog(create_events_table(dynamodb_local_client, "largest"), dynamodb_local_client)
    nearly = (StoredEvent("Noted", 1, {"text": "x" * (400 * 1024 - 4 * 1024 - 80)}),)
    assert commit_log.put(a_commit(1, events=nearly), until()).events == nearly


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object()])
def test_values_that_are_not_json_are_refused(commit_log: CommitLog, value: object) -> None:
    with pytest.raises(InvalidEvent, match="not JSON"):
        commit_log.put(a_commit(1, events=(StoredEvent("Noted", 1, {"value": value}),)), until())


def test_text_beyond_ascii_survives(commit_log: CommitLog) -> None:
    events = (StoredEvent("Noted", 1, {"text": "Zürich ✈ \U0001f6eb\n", "none": None, "list": [1, 2.5, True]}),)
    commit_log.put(a_commit(1, events=events), until())
    assert next(iter(commit_log.read(STREAM, after=0, until=until()))).events == events

"""What every commit log promises."""

import base64
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from msgspec.structs import replace
from mypy_boto3_dynamodb import DynamoDBClient

from tallygate.deadline import Deadline
from tallygate.events import Commit, CommitTooLarge, InvalidEvent, StoredEvent, VersionConflict, stream_id
from tallygate.events.command_index import CommandIndex
from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.events.items import commit_item
from tallygate.events.log import FIRST_COMMITS, CommitLog, FirstLook
from tallygate.events.snapshot import Snapshot
from tests.contract.conftest import BACKENDS, JUDGES_OF_A_RACE
from tests.tables import create_events_table

STREAM = stream_id("account", "1")
AT = datetime(2026, 11, 21, 12, 30, 15, 123000, tzinfo=UTC)


def until() -> Deadline:
    return Deadline.after(10)


def a_commit(version: int = 1, *amounts: int, **changes: object) -> Commit:
    events = tuple(StoredEvent("Deposited", 1, {"amount": amount}) for amount in amounts or (1,))
    commit = Commit(STREAM, version, str(uuid4()), events, ("command-1",), AT, meta={"batch": "b"})
    return replace(commit, **changes)


def test_what_was_put_is_read_back_equal_and_in_order(commit_log: CommitLog) -> None:
    commits = [a_commit(version, 3, 1, 2) for version in range(1, 13)]
    for commit in commits:
        assert commit_log.put(commit, until()) == commit
    assert list(commit_log.read(STREAM, after=0, until=until())) == commits
    assert list(commit_log.read(STREAM, after=9, until=until())) == commits[9:]
    assert list(commit_log.read_back(STREAM, before=4, until=until())) == commits[2::-1]
    assert list(commit_log.read_back(STREAM, before=1, until=until())) == []


def test_one_commit_is_read_by_its_version(commit_log: CommitLog) -> None:
    commits = [commit_log.put(a_commit(version), until()) for version in (1, 2)]
    assert [commit_log.commit_at(STREAM, version, until()) for version in (1, 2, 3)] == [*commits, None]


def test_the_head_is_the_last_commit(commit_log: CommitLog) -> None:
    assert commit_log.head(STREAM, until()) is None
    commits = [commit_log.put(a_commit(version), until()) for version in (1, 2)]
    assert commit_log.head(STREAM, until()) == commits[-1]


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
    large = (StoredEvent("Noted", 1, {"text": noise(130_000)}),)
    for version in range(1, 15):
        commit_log.put(a_commit(version, events=large), until())
    assert [commit.version for commit in commit_log.read(STREAM, after=0, until=until())] == list(range(1, 15))
    assert [commit.version for commit in commit_log.read_back(STREAM, before=15, until=until())] == list(
        range(14, 0, -1)
    )


def noise(size: int) -> str:
    """Text that compresses little."""
    return base64.b64encode(random.Random(1).randbytes(size)).decode()[:size]


@pytest.mark.parametrize("commit_log", BACKENDS[1:], indirect=True)  # memory has room
def test_a_commit_larger_than_an_item_is_refused_where_there_is_no_overflow(commit_log: CommitLog) -> None:
    huge = (StoredEvent("Noted", 1, {"text": noise(600 * 1024)}),)
    with pytest.raises(CommitTooLarge, match=r"46\d{4} bytes.*append its 1 events in several commits"):
        commit_log.put(a_commit(1, events=huge), until())
    assert list(commit_log.read(STREAM, after=0, until=until())) == []


def test_the_largest_commit_that_is_let_through_is_stored(dynamodb_local_client: DynamoDBClient) -> None:
    """What is counted for the other attributes is enough. (By AWS's own word: moto counts an item's size otherwise.)"""
    commit_log = DynamoDBCommitLog(create_events_table(dynamodb_local_client, "largest"), dynamodb_local_client)
    largest, step = 0, 1 << 19
    while step:  # the largest size that is not refused before it is sent
        nearly = a_commit(1, events=(StoredEvent("Noted", 1, {"text": noise(largest + step)}),))
        if commit_item(nearly).overflow is None:
            largest += step
        step //= 2
    nearly = a_commit(1, events=(StoredEvent("Noted", 1, {"text": noise(largest)}),))
    assert commit_item(nearly).size > 400 * 1024 - 8
    assert commit_log.put(nearly, until()) == nearly


def test_together_all_are_stored_or_none(commit_log: CommitLog) -> None:
    other = stream_id("account", "2")
    both = [a_commit(1, 5, commit_id="t1"), a_commit(1, 6, commit_id="t1", stream=other)]
    assert commit_log.put_together(both, until()) == both
    assert commit_log.put_together(both, until()) == both  # the answer was lost: sent again
    mixed = [a_commit(2, 7, commit_id="t2"), a_commit(1, 8, commit_id="t2", stream=other)]
    with pytest.raises(VersionConflict) as conflict:
        commit_log.put_together(mixed, until())
    assert conflict.value.winner == both[1]
    assert [commit.version for commit in commit_log.read(STREAM, after=0, until=until())] == [1]


@pytest.mark.parametrize("commit_log", JUDGES_OF_A_RACE, indirect=True)
def test_transactions_and_single_puts_on_the_same_streams_lose_nothing(commit_log: CommitLog) -> None:
    """DynamoDB cancels what meets a transaction; the SDK doesn't send that again, we do."""
    streams = [stream_id("account", str(n)) for n in range(2)]

    def write(n: int) -> str | None:
        version, commit_id = n // 12 + 1, str(uuid4())
        commits = [a_commit(version, commit_id=commit_id, stream=stream) for stream in streams]
        try:
            if n % 3:
                commit_log.put_together(commits, until())
            else:
                commit_log.put(commits[n % 2], until())
        except VersionConflict:
            return None
        return commit_id

    with ThreadPoolExecutor(12) as pool:
        won = [commit_id for commit_id in pool.map(write, range(96)) if commit_id]
    stored = [commit for stream in streams for commit in commit_log.read(stream, after=0, until=until())]
    assert {commit.commit_id for commit in stored} == set(won)
    assert len({(commit.stream, commit.version) for commit in stored}) == len(stored)


def a_snapshot(version: int, fold: int = 1, state: bytes = b"1") -> Snapshot:
    index = CommandIndex()
    index.add([a_commit(version)])
    return Snapshot(STREAM, version, fold, 1, AT, state, index.newest(100))


def test_a_first_look_has_the_snapshot_and_the_first_commits(commit_log: CommitLog) -> None:
    assert commit_log.first_look(STREAM, until()) == FirstLook(None, (), complete=True)
    commits = [commit_log.put(a_commit(version), until()) for version in range(1, 41)]
    look = commit_log.first_look(STREAM, until())
    assert (look.snapshot, look.complete) == (None, False)
    assert list(look.commits) == commits[: len(look.commits)]
    assert len(look.commits) >= FIRST_COMMITS
    commit_log.put_snapshot(a_snapshot(7), until())
    look = commit_log.first_look(STREAM, until())
    assert look.snapshot == a_snapshot(7)
    assert look.commits[0].version == 1
    assert [commit.version for commit in commit_log.read(STREAM, after=0, until=until())] == list(range(1, 41))
    assert [commit.version for commit in commit_log.read_back(STREAM, before=3, until=until())] == [2, 1]


@pytest.mark.parametrize(
    ("standing", "challenger", "stands"),
    [
        ((5, 1), (6, 1), True),
        ((5, 1), (5, 1), False),
        ((5, 1), (4, 1), False),
        ((5, 1), (4, 2), True),
        ((5, 2), (6, 1), False),
    ],
)
def test_a_snapshot_stands_until_a_newer_fold_or_version(
    commit_log: CommitLog, standing: tuple[int, int], challenger: tuple[int, int], *, stands: bool
) -> None:
    assert commit_log.put_snapshot(a_snapshot(*standing), until())
    assert commit_log.put_snapshot(a_snapshot(*challenger, state=b"2"), until()) is stands
    snapshot = commit_log.first_look(STREAM, until()).snapshot
    assert snapshot is not None
    assert (snapshot.version, snapshot.fold) == (challenger if stands else standing)


def test_a_snapshot_that_does_not_fit_is_skipped(commit_log: CommitLog) -> None:
    assert not commit_log.put_snapshot(a_snapshot(5, state=noise(600 * 1024).encode()), until())
    assert commit_log.first_look(STREAM, until()).snapshot is None


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object()])
def test_values_that_are_not_json_are_refused(commit_log: CommitLog, value: object) -> None:
    with pytest.raises(InvalidEvent, match="not JSON"):
        commit_log.put(a_commit(1, events=(StoredEvent("Noted", 1, {"value": value}),)), until())


def test_text_beyond_ascii_survives(commit_log: CommitLog) -> None:
    events = (StoredEvent("Noted", 1, {"text": "Zürich ✈ \U0001f6eb\n", "none": None, "list": [1, 2.5, True]}),)
    commit_log.put(a_commit(1, events=events), until())
    assert next(iter(commit_log.read(STREAM, after=0, until=until()))).events == events

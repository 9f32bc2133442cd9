"""From a record of the table's stream to a commit that was written over or deleted; and what is none."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tallygate.deadline import Deadline
from tallygate.events.command_index import CommandIndex
from tallygate.events.items import snapshot_item
from tallygate.events.snapshot import Snapshot
from tallygate.relay.changed_commit import ChangedCommit
from tallygate.relay.errors import CorruptRecord
from tallygate.relay.memory import MemoryTransport
from tallygate.relay.relay import Relay
from tallygate.relay.stream_record import changed_commit_of
from tests.unit.relay.stream_records import AT, RELAYED, Scripted, change, commit, inserted, item_of, removed
from tests.unit.relay.test_stream_record import anything

STREAM = commit().stream
SNAPSHOT = snapshot_item(Snapshot(STREAM, 1, 1, 1, AT, b"{}", CommandIndex().newest(100))).item
KEY = {name: item_of(commit(3))[name] for name in ("pk", "sk")}


def test_a_commit_that_was_written_over_is_told_with_the_id_that_is_there_now() -> None:
    forged = item_of(commit(3)) | {"commit_id": {"S": "forged"}}
    assert changed_commit_of(change(forged, "77", "MODIFY")) == ChangedCommit(STREAM, 3, False, "forged", "77")


@pytest.mark.parametrize("left", [KEY, KEY | {"commit_id": {"N": "1"}}, KEY | {"commit_id": None}])
def test_what_was_written_over_it_need_not_look_like_a_commit(left: dict[str, Any]) -> None:
    record = change(KEY, "77", "MODIFY")
    record["dynamodb"]["NewImage"] = left
    assert changed_commit_of(record) == ChangedCommit(STREAM, 3, False, "", "77")


def test_a_commit_that_was_deleted_is_told_by_its_key() -> None:
    assert changed_commit_of(removed(item_of(commit(3)), "77")) == ChangedCommit(STREAM, 3, True, "", "77")


def test_an_id_that_somebody_chose_is_cut() -> None:
    forged = KEY | {"commit_id": {"S": "x" * 300_000}}
    found = changed_commit_of(change(forged, name="MODIFY"))
    assert found is not None
    assert found.commit_id == "x" * 200


@pytest.mark.parametrize(
    "record",
    [inserted(commit()), change(SNAPSHOT), change(SNAPSHOT, name="MODIFY"), removed(SNAPSHOT)],
    ids=["commit", "snapshot", "snapshot written over", "snapshot removed"],
)
def test_what_may_happen_is_none(record: dict[str, Any]) -> None:
    assert changed_commit_of(record) is None


@pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
@pytest.mark.parametrize(
    "broken", [{"pk": {"S": "nobody"}}, {"pk": {"N": "1"}}, {"sk": {"N": "-1"}}, {"sk": {"N": "1.5"}}, {"sk": {}}]
)
def test_a_key_of_no_commit_is_unreadable(name: str, broken: dict[str, Any]) -> None:
    with pytest.raises(CorruptRecord, match="record 77 of the table's stream has no key of a commit"):
        changed_commit_of(change(KEY | broken, "77", name))


@given(name=some.sampled_from(["MODIFY", "REMOVE", "INSERT", "", None]), keys=anything, image=anything)
def test_no_record_makes_it_raise_anything_else(name: Any, keys: Any, image: Any) -> None:
    record = {"eventName": name, "dynamodb": {"Keys": keys, "NewImage": image, "SequenceNumber": "7"}}
    with suppress(CorruptRecord):
        changed_commit_of(record)


def test_the_relay_tells_them_and_sends_nothing_of_them() -> None:
    transport = MemoryTransport()
    overwritten = change(item_of(commit(1)) | {"commit_id": {"S": "forged"}}, "8", "MODIFY")
    records = [inserted(commit(4)), overwritten, change(SNAPSHOT, "9", "MODIFY"), removed(item_of(commit(2)), "10")]
    told: list[ChangedCommit] = []
    forwarded = Relay(transport, now=lambda: RELAYED).forward(records, Deadline.after(30), told.extend)
    assert [(each.version, each.removed, each.sequence_number) for each in told] == [(1, False, "8"), (2, True, "10")]
    assert [bell.version for bell in forwarded.bells] == [4]
    assert (len(transport.records), forwarded.skipped, forwarded.unreadable) == (1, 1, ())


def test_a_batch_of_nothing_else_is_no_call() -> None:
    transport: Any = Scripted(MemoryTransport(), [])
    told: list[ChangedCommit] = []
    forwarded = Relay(transport).forward([removed(item_of(commit()))], Deadline.after(30), told.extend)
    assert (len(told), forwarded.retry_from, transport.calls) == (1, None, [])

"""The relay: what it sends in which call, what it sends again, and where it asks to be called again."""

import time
from typing import Any

import pytest

from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tallygate.events.items import read_commit
from tallygate.relay.bell import read_bell
from tallygate.relay.memory import MemoryTransport
from tallygate.relay.relay import Forwarded, Relay
from tallygate.relay.transport import MAX_RECORD_BYTES, MAX_RECORDS, MAX_REQUEST_BYTES, WireRecord, fitting
from tests.unit.relay.stream_records import RELAYED, Scripted, change, commit, inserted, item_of

LOST = Unavailable("no answer")
SLOW = {0: "ProvisionedThroughputExceededException"}


def forward(transport: Any, records: list[dict[str, Any]], seconds: float = 30) -> Forwarded:
    return Relay(transport, now=lambda: RELAYED).forward(records, Deadline.after(seconds))


def versions(records: list[WireRecord]) -> list[int]:
    return [read_bell(record.data, record.partition_key).version for record in records]


def in_order(count: int) -> list[dict[str, Any]]:
    return [inserted(commit(version)) for version in range(1, count + 1)]


def test_commits_arrive_as_they_were_stored() -> None:
    transport = MemoryTransport()
    stored = [commit(1), commit(2, text="x" * 5000), commit(3)]
    forwarded = forward(transport, [inserted(each) for each in stored])
    bells = [read_bell(record.data, record.partition_key) for record in transport.records]
    assert [read_commit(bell.item or {}, str.encode) for bell in bells] == stored
    assert {bell.relayed for bell in bells} == {RELAYED}
    assert forwarded == Forwarded(tuple(bells))


def test_what_is_no_commit_is_skipped_and_what_is_unreadable_holds_nothing_up() -> None:
    transport = MemoryTransport()
    no_commit = change(item_of(commit()) | {"sk": {"N": "0"}})
    unreadable = change(item_of(commit()) | {"pk": {"S": "nobody"}}, "77")
    forwarded = forward(transport, [no_commit, unreadable, inserted(commit(2))])
    assert versions(transport.records) == [2]
    assert forwarded.skipped == 1
    assert forwarded.retry_from is None
    (reason,) = forwarded.unreadable
    assert "record 77" in reason


def test_nothing_to_send_is_no_call() -> None:
    transport = Scripted(MemoryTransport(), [])
    assert forward(transport, []) == Forwarded(())
    assert transport.calls == []


def test_a_batch_is_split_by_count_in_order() -> None:
    transport = Scripted(MemoryTransport(), [])
    forward(transport, in_order(1203))
    assert [len(call) for call in transport.calls] == [500, 500, 203]
    assert [version for call in transport.calls for version in versions(call)] == list(range(1, 1204))


def test_a_batch_is_split_by_bytes() -> None:
    transport = Scripted(MemoryTransport(), [])
    large = {"events": {"S": "x" * 399_000}}
    forward(transport, [change(item_of(commit(version)) | large) for version in range(1, 31)])
    sizes = [sum(record.size for record in call) for call in transport.calls]
    assert [len(call) for call in transport.calls] == [13, 13, 4]
    assert max(sizes) <= MAX_REQUEST_BYTES


@pytest.mark.parametrize(
    ("sizes", "count"),
    [
        ([], 0),
        ([MAX_REQUEST_BYTES], 1),
        ([MAX_REQUEST_BYTES + 1, 100], 1),
        ([MAX_REQUEST_BYTES - 100, 100, 100], 2),
        ([MAX_REQUEST_BYTES - 100, 101], 1),
        ([10] * 501, MAX_RECORDS),
    ],
)
def test_partition_keys_count_toward_the_limit(sizes: list[int], count: int) -> None:
    assert fitting([WireRecord("abcde-1234"[:10], b"x" * (size - 10)) for size in sizes]) == count


@pytest.mark.parametrize(("over", "pointer"), [(0, False), (1, True)])
def test_a_record_over_the_limit_goes_as_a_pointer(over: int, pointer: bool) -> None:  # noqa: FBT001
    def record(size: int) -> dict[str, Any]:
        return change(item_of(commit()) | {"events": {"S": "x" * size}})

    probe = MemoryTransport()
    forward(probe, [record(0)])
    transport = MemoryTransport()
    forward(transport, [record(MAX_RECORD_BYTES - probe.records[0].size + over), inserted(commit(2))])
    bells = [read_bell(each.data, each.partition_key) for each in transport.records]
    assert [(bell.version, bell.item is None) for bell in bells] == [(1, pointer), (2, False)]


def test_an_item_that_is_no_text_goes_as_a_pointer() -> None:
    transport = MemoryTransport()
    forward(transport, [change(item_of(commit()) | {"events": {"S": "\ud800"}})])
    assert read_bell(transport.records[0].data, "aircraft-N1").item is None


def test_what_is_refused_is_sent_again_first_and_in_order() -> None:
    transport = Scripted(MemoryTransport(), [{1: "InternalFailure", 499: "InternalFailure"}, SLOW, {}])
    forwarded = forward(transport, in_order(502))
    assert [versions(call) for call in transport.calls[1:]] == [[2, 500, 501, 502], [2]]
    assert forwarded.resent == 3
    assert forwarded.retry_from is None
    assert sorted(bell.version for bell in forwarded.bells) == list(range(1, 503))


@pytest.mark.parametrize("kept", [True, False])
def test_a_call_without_an_answer_is_sent_again_whole(kept: bool) -> None:  # noqa: FBT001
    memory = MemoryTransport()
    transport = Scripted(memory, [LOST])
    transport.kept_though_unanswered = kept
    forwarded = forward(transport, in_order(3))
    assert versions(memory.records) == [1, 2, 3] * (1 + kept)
    assert [bell.version for bell in forwarded.bells] == [1, 2, 3]
    assert (forwarded.resent, forwarded.trouble) == (3, "no answer")


def test_out_of_time_it_names_the_lowest_that_is_not_surely_sent() -> None:
    transport = Scripted(MemoryTransport(), [{}, {7: "a", 3: "b"}, *[{0: "InternalFailure", 1: "x"}] * 1000])
    start = time.monotonic()
    forwarded = forward(transport, in_order(520), seconds=0.5)
    assert time.monotonic() - start < 1
    assert forwarded.retry_from == f"{504:020d}"
    assert {504, 508}.isdisjoint(bell.version for bell in forwarded.bells)
    assert len(forwarded.bells) == 518
    assert forwarded.trouble == "InternalFailure"


def test_an_answer_that_never_comes_leaves_all_to_the_next_call() -> None:
    forwarded = forward(Scripted(MemoryTransport(), [LOST] * 1000), in_order(3), seconds=0.3)
    assert (forwarded.bells, forwarded.retry_from) == ((), f"{1:020d}")


def test_nothing_is_begun_after_the_deadline() -> None:
    transport = Scripted(MemoryTransport(), [])
    assert forward(transport, in_order(2), seconds=0).retry_from == f"{1:020d}"
    assert transport.calls == []


def test_a_final_answer_is_raised() -> None:
    with pytest.raises(PermissionError):
        forward(Scripted(MemoryTransport(), [PermissionError("denied")]), in_order(1))


def test_pauses_grow_while_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses themselves, not the time they take: they are random."""
    pauses: list[float] = []
    monkeypatch.setattr("tallygate.relay.relay.time.sleep", pauses.append)
    monkeypatch.setattr("tallygate.relay.relay.full_jitter", _certain)
    forward(Scripted(MemoryTransport(), [SLOW] * 7), in_order(1))
    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]


def test_a_pause_that_would_outlast_the_deadline_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallygate.relay.relay.full_jitter", lambda *_args, **_options: 10.0)
    start = time.monotonic()
    assert forward(Scripted(MemoryTransport(), [SLOW]), in_order(1), seconds=5).retry_from == f"{1:020d}"
    assert time.monotonic() - start < 1


def _certain(attempt: int, *, base: float, cap: float) -> float:
    return min(cap, base * 2.0**attempt)

"""What is said of the commits that a restore has lost."""

from datetime import UTC, datetime

from tallygate.events.commit import Commit
from tallygate.events.stream_id import StreamId
from tallygate.restore.lost import Summary

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_reports_and_their_corrections_are_no_items_of_their_batch() -> None:
    summary = Summary()
    for version, command in enumerate(("b1/7", "b1/g0/report", "b1/g0/report/2026-11-21T10:00:00.000Z"), start=1):
        summary.add(Commit(StreamId("batch-b1"), version, "c", (), (command,), AT))
    assert summary.lines == ["3 commits are lost: batch 3", "of batch b1: 1 items"]

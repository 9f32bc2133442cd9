"""What the rows of a gate, the notes and the list of streams promise."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tallygate.deadline import Deadline
from tallygate.events import stream_id
from tallygate.events.log import CommitLog
from tallygate.projections import InvalidView
from tallygate.projections.bucket import bucket_of
from tallygate.projections.notes import Note, Notes
from tallygate.projections.row import Parked, Row
from tallygate.projections.rows import Put, Rows
from tallygate.projections.streams import Streams
from tests.contract.conftest import JUDGES_OF_A_RACE
from tests.contract.test_commit_log import a_commit

STREAM = stream_id("aircraft", "N14228")
AT = datetime(2026, 11, 21, 12, 30, 15, 123000, tzinfo=UTC)
ROW = Row(STREAM, 3, 1, AT, b'{"flights":3}', {"flights": 3, "hours": Decimal("1.25"), "debt": -7}, ("ann",))


def until() -> Deadline:
    return Deadline.after(10)


def test_what_was_put_is_read_back_equal(rows: Rows) -> None:
    assert rows.get(STREAM, until()) is None
    assert rows.put(ROW, None, until()) == Put(won=True, row=ROW)
    assert rows.get(STREAM, until()) == ROW
    assert rows.get_many([STREAM, stream_id("aircraft", "none"), STREAM], until()) == {STREAM: ROW}


def test_a_row_is_written_only_over_the_one_that_was_read(rows: Rows) -> None:
    rows.put(ROW, None, until())
    fourth, fifth = replace(ROW, version=4), replace(ROW, version=5)
    assert rows.put(fourth, None, until()) == Put(won=False, row=ROW)
    assert rows.put(fourth, ROW, until()).won
    assert rows.put(fifth, ROW, until()) == Put(won=False, row=fourth)
    assert rows.put(fifth, replace(fourth, epoch=2), until()) == Put(won=False, row=fourth)
    assert rows.get(STREAM, until()) == fourth


def test_a_row_that_is_gone_is_told_apart_from_one_that_stands(rows: Rows) -> None:
    assert rows.put(ROW, replace(ROW, version=2), until()) == Put(won=False, row=None)


def test_a_parked_row_is_written_only_by_who_knows_that_it_is(rows: Rows) -> None:
    parked = replace(ROW, parked=Parked(4, "KeyError: 'x'", AT + timedelta(seconds=1)))
    rows.put(parked, None, until())
    assert rows.get(STREAM, until()) == parked
    assert rows.put(replace(ROW, version=4), ROW, until()) == Put(won=False, row=parked)
    assert rows.put(ROW, parked, until()).won
    assert rows.put(parked, parked, until()) == Put(won=False, row=ROW)


@pytest.mark.parametrize("rows", JUDGES_OF_A_RACE, indirect=True)
def test_of_many_who_write_the_same_version_one_wins(rows: Rows) -> None:
    rows.put(ROW, None, until())
    contenders = [replace(ROW, version=4, view=b'"%d"' % n) for n in range(16)]
    with ThreadPoolExecutor(16) as pool:
        puts = list(pool.map(lambda row: rows.put(row, ROW, until()), contenders))
    (winner,) = (put.row for put in puts if put.won)
    assert [put.row for put in puts] == [winner] * 16
    assert rows.get(STREAM, until()) == winner


def test_a_view_as_large_as_fits_is_stored_and_a_larger_one_refused(rows: Rows) -> None:
    chance = random.Random(1).randbytes(250_000).hex().encode()
    fits = replace(ROW, view=b'"' + chance + b'"')
    assert rows.put(fits, None, until()).won
    assert rows.get(STREAM, until()) == fits
    too_large = replace(ROW, version=4, view=b'"' + 2 * chance[::-1] + chance + b'"')
    with pytest.raises(InvalidView, match=r"the view of aircraft-N14228 at version 4 has \d+ bytes .* keep less"):
        rows.put(too_large, fits, until())
    assert rows.get(STREAM, until()) == fits


def test_all_rows_come_page_by_page_and_add_up(rows: Rows) -> None:
    stored = [Row(stream_id("aircraft", f"N{n}"), n + 1, 1, AT, b"1", {"n": n}) for n in range(300)]
    stored[7] = replace(stored[7], parked=Parked(9, "e", AT))
    for row in stored:
        rows.put(row, None, until())
    found: list[Row] = []
    parked = total = 0
    for bucket in range(rows.buckets):
        after = ""
        while True:
            page = rows.page(bucket, after, until())
            assert all(bucket_of(row.stream) == bucket for row in page.rows)
            found += page.rows
            if not (after := page.after):
                break
        share = rows.share(bucket, until())
        parked += share.parked
        total += sum(int(contribution["n"]) for contribution in share.contributions)
    assert sorted(found, key=lambda row: row.version) == stored
    assert (parked, total) == (1, sum(range(300)))


def test_a_note_is_written_only_over_the_one_that_was_read(notes: Notes) -> None:
    assert notes.get("fleet", "pointer", until()) is None
    assert notes.put("fleet", "pointer", b'{"active":1}', None, until())
    first = notes.get("fleet", "pointer", until())
    assert first == Note(b'{"active":1}', 1)
    assert notes.put("fleet", "pointer", b'{"active":1}', None, until())  # the answer to the first try was lost
    assert not notes.put("fleet", "pointer", b'{"active":9}', None, until())
    assert notes.put("fleet", "pointer", b'{"active":2}', first, until())
    assert not notes.put("fleet", "pointer", b'{"active":3}', first, until())
    assert notes.get("fleet", "pointer", until()) == Note(b'{"active":2}', 2)
    assert notes.get("fleet", "sweep", until()) is None


def test_all_streams_of_a_category_are_found(log_and_streams: tuple[CommitLog, Streams]) -> None:
    log, streams = log_and_streams
    for n in range(8):
        for version in range(1, n + 2):
            log.put(a_commit(version, stream=stream_id("account", str(n))), until())
    log.put(a_commit(1, stream=stream_id("accounts", "9")), until())
    heads: dict[str, int] = {}
    after = ""
    while True:
        page = streams.page("account", after, until())
        for stream, head in page.heads.items():
            heads[stream] = max(head, heads.get(stream, 0))
        if not (after := page.after):
            break
    assert heads == {f"account-{n}": n + 1 for n in range(8)}

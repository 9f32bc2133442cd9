"""Totals: exact sums of what all rows add, as old as they say, and folded by one for all."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tallygate.deadline import Deadline
from tallygate.events import stream_id
from tallygate.projections.bucket import bucket_of
from tallygate.projections.memory import MemoryRows
from tallygate.projections.notes import MemoryNotes
from tallygate.projections.row import Amount, Contribution, Parked, Row
from tallygate.projections.rows import Share
from tallygate.projections.totals import KIND, MAX_KEPT_BYTES, Totals, TotalsReader, added

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
AMOUNTS = some.one_of(
    some.integers(-(10**38) + 1, 10**38 - 1),
    some.builds(
        lambda digits, exponent: Decimal(digits).scaleb(exponent),
        some.integers(-(10**28) + 1, 10**28 - 1),  # localcontext's 28 digits, so that scaleb is exact
        some.integers(-130, 97),
    ),
)


class CountedRows(MemoryRows):
    def __init__(self) -> None:
        super().__init__()
        self.folds = 0

    def share(self, bucket: int, until: Deadline) -> Share:
        self.folds += bucket == 0
        return super().share(bucket, until)


class Bench:
    def __init__(self) -> None:
        self.rows, self.notes, self.now = CountedRows(), MemoryNotes(), NOW
        self.until = Deadline.after(10)

    def put(self, id: str, contribution: Mapping[str, Amount], *, parked: Parked | None = None) -> None:
        stream = stream_id("account", id)
        row = Row(stream, 1, 1, NOW, b"0", contribution, parked=parked)
        self.rows.put(row, self.rows.get(stream, self.until), self.until)

    def read(self, max_age_seconds: float = 0.0) -> Totals:
        reader = TotalsReader(self.rows, self.notes, "ledger-1", now=lambda: self.now)
        return reader.read(max_age_seconds, self.until)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_no_rows_no_totals(bench: Bench) -> None:
    assert bench.read() == Totals({}, NOW, 0, 0, 16.0)


def test_the_sum_is_over_all_buckets_name_by_name(bench: Bench) -> None:
    for n in range(100):
        bench.put(str(n), {"all": n, f"by/{n % 3}": 1} if n % 10 else {})
    assert len({bucket_of(stream_id("account", str(n))) for n in range(100)}) == bench.rows.buckets
    totals = bench.read()
    assert totals.values["all"] == sum(n for n in range(100) if n % 10)
    assert sum(totals.values[f"by/{n}"] for n in range(3)) == 90
    assert totals.streams == 100


def test_parked_streams_are_counted(bench: Bench) -> None:
    bench.put("1", {"n": 1}, parked=Parked(2, "KeyError: 'x'", NOW))
    bench.put("2", {"n": 1})
    assert (bench.read().parked, bench.read().values) == (1, {"n": 2})


def test_small_and_large_numbers_add_up_to_the_last_digit() -> None:
    tiny, huge = Decimal("1e-130"), Decimal("9e125")
    large: list[Contribution] = [{"x": huge}, {"x": tiny}, {"x": -huge}, {"x": 10**38 - 1}]
    sums = added([*large, {"y": Decimal("0.1")}, *[{"y": 1}] * 9])
    assert Fraction(sums["x"]) == Fraction(10**38 - 1) + Fraction(1, 10**130)
    assert sums["y"] == Decimal("9.1")


@given(some.lists(AMOUNTS, max_size=20))
def test_a_sum_is_exact_in_any_context_of_the_callers(amounts: list[Amount]) -> None:
    with localcontext() as context:
        context.prec = 3
        total = added([{"n": amount} for amount in amounts]).get("n", 0)
    assert Fraction(total) == sum(map(Fraction, amounts))


def test_within_their_age_totals_are_those_of_the_first_reader(bench: Bench) -> None:
    bench.put("1", {"n": 1, "cents": Decimal("0.10"), "debt": -7, "tiny": Decimal("1e-130")})
    first = bench.read(60)
    bench.put("2", {"n": 1})
    bench.now += timedelta(seconds=59)
    assert bench.read(60) == first
    assert {name: type(amount) for name, amount in bench.read(60).values.items()} == {
        "n": int,
        "cents": Decimal,
        "debt": int,
        "tiny": Decimal,
    }
    assert first.age_seconds(bench.now) == 59
    assert bench.rows.folds == 1
    bench.now += timedelta(seconds=2)
    assert (bench.read(60).values["n"], bench.read(60).at, bench.rows.folds) == (2, bench.now, 2)


def test_without_an_age_they_are_folded_now_and_kept_for_nobody(bench: Bench) -> None:
    bench.read()
    assert bench.notes.get("ledger-1", KIND, bench.until) is None
    bench.read(60)
    bench.put("1", {"n": 1})
    assert bench.read(0).values == {"n": 1}
    assert bench.read(60).values == {}


def test_a_clock_that_is_behind_makes_no_negative_age(bench: Bench) -> None:
    first = bench.read(60)
    assert first.age_seconds(NOW - timedelta(seconds=5)) == 0


def test_of_two_that_fold_at_once_the_first_ones_note_stands(bench: Bench) -> None:
    class Overtaken(MemoryRows):
        def share(self, bucket: int, until: Deadline) -> Share:
            if bucket == 0:
                bench.put("1", {"n": 1})
                assert bench.read(60).values == {"n": 1}
            return super().share(bucket, until)

    reader = TotalsReader(Overtaken(), bench.notes, "ledger-1", now=lambda: NOW - timedelta(seconds=30))
    assert reader.read(5, bench.until).values == {}
    assert bench.read(60).values == {"n": 1}
    note = bench.notes.get("ledger-1", KIND, bench.until)
    assert note is not None
    assert note.number == 1


WRONG_NUMBER = b'{"values":{"n":"x"},"at":"2026-11-21T12:00:00Z","streams":1,"parked":0,"read_units":1.0}'


@pytest.mark.parametrize("value", [b"{}", b"no JSON", WRONG_NUMBER])
def test_a_note_that_can_not_be_read_is_written_anew(bench: Bench, value: bytes) -> None:
    bench.notes.put("ledger-1", KIND, value, None, bench.until)
    bench.put("1", {"n": 1})
    assert bench.read(60).values == {"n": 1}
    assert bench.read(60).values == {"n": 1}
    assert bench.rows.folds == 1


def test_totals_too_large_for_an_item_are_folded_each_time(bench: Bench) -> None:
    names = [f"{n:0200}" for n in range(MAX_KEPT_BYTES // 200)]
    for part in range(2):
        bench.put(str(part), dict.fromkeys(names[part::2], 1))
    assert len(bench.read(60).values) == len(names)
    assert bench.notes.get("ledger-1", KIND, bench.until) is None
    assert bench.read(60).values == bench.read(0).values

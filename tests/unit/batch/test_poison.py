"""Items that kill their worker: isolated by three attempts that died on them, and nobody else is blamed."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallygate.batch.items import checkpoint_update
from tallygate.batch.records import ChunkRecord, Outcome
from tallygate.batch.work.attempt import Attempt
from tallygate.batch.work.bitmap import Bitmap
from tallygate.batch.work.handover import KEPT_BYTES, KILLED, NOT_KEPT, TOO_LONG, Handover, grouped
from tallygate.batch.work.item_run import ItemRun
from tallygate.batch.work.windows import MANY, windows
from tests.unit.batch.mortal import Death, Fate, Mortals


def test_a_killer_fails_after_three_deaths_on_it_and_all_others_are_ok() -> None:
    chunk = Mortals(items=40, killers=frozenset({17}))
    record = chunk.to_the_end()
    assert (record.ok, record.failed, [(one.number, one.id, one.error) for one in record.failures]) == (
        39,
        1,
        [(17, "17", KILLED)],
    )
    # Unannounced; in a window of four; twice alone; and the attempt that finds it poison.
    assert (chunk.deaths, chunk.attempts, chunk.ran[17]) == (4, 5, 4)
    assert set(chunk.ran) == set(range(40))


def test_a_healthy_chunk_costs_a_lease_and_a_record() -> None:
    chunk = Mortals(items=40, raisers=frozenset({3}), fate=Fate(random.Random(1), brisk=True))
    assert chunk.to_the_end().failed == 1
    assert chunk.store.calls == {"manifest": 1, "chunk": 1, "take_lease": 1, "put_chunk": 1}


def test_a_careful_attempt_costs_a_write_a_window() -> None:
    chunk = Mortals(items=40, fate=Fate(random.Random(1), brisk=True))
    chunk.bench.records.take_lease(
        chunk.bench.manifest(), 0, attempt="dead", now=chunk.bench.clock(), until=chunk.bench.clock()
    )
    assert chunk.to_the_end().ok == 40
    assert chunk.store.calls == {"manifest": 1, "chunk": 1, "take_lease": 1, "checkpoint": 10, "put_chunk": 1}


def test_what_was_in_flight_runs_last_and_alone() -> None:
    left = Handover(in_flight=(2, 3, 4, 5), deaths=1, done=Bitmap.of([0, 1, 4])).taken_over(died=True)
    assert (left.kills, left.deaths, left.in_flight) == ({2: 1, 3: 1, 5: 1}, 2, ())
    assert list(windows([2, 3, 5, 6, 7, 8], left, 2)) == [[6, 7], [8], [2], [3], [5]]


def test_before_a_death_all_items_run_at_once_those_that_outlasted_an_attempt_last() -> None:
    assert list(windows([1, 2, 3, 4], Handover(overruns={1: 1, 3: 2}), 2)) == [[2, 4, 1, 3]]
    assert list(windows([], Handover(), 2)) == []


def test_many_suspects_are_cleared_before_there_are_more() -> None:
    suspects = dict.fromkeys(range(MANY + 1), 1)
    order = list(windows(range(MANY + 3), Handover(kills=suspects), 2))
    assert (order[0], order[-1]) == ([0], [MANY + 1, MANY + 2])


def test_the_third_strike_needs_the_item_to_have_been_alone() -> None:
    company = Handover(in_flight=(1, 2), kills={1: 2, 2: 1}).taken_over(died=True)
    assert (company.kills, company.failed) == ({1: 2, 2: 2}, {})
    alone = Handover(in_flight=(1,), kills={1: 2}).taken_over(died=True)
    assert (alone.kills, alone.failed) == ({}, {KILLED: Bitmap.of([1])})


def test_an_item_that_is_done_is_no_suspect() -> None:
    """It was announced, it ended, and its attempt died of something else."""
    left = Handover(in_flight=(4,), kills={4: 2}, done=Bitmap.of([4])).taken_over(died=True)
    assert (left.kills, left.failed) == ({}, {})


def test_an_item_that_outlasts_three_attempts_has_failed() -> None:
    left = Handover()
    for _ in range(3):
        left = left.taken_over(died=False)
        assert (left.failed, left.careful) == ({}, False)
        left = left.outlasted([7])
    assert left.taken_over(died=False).failed == {TOO_LONG: Bitmap.of([7])}


def test_a_death_with_nothing_announced_is_nobodys() -> None:
    left = Handover(done=Bitmap.of(range(100))).taken_over(died=True)
    assert (left.kills, left.overruns, left.failed, left.careful) == ({}, {}, {}, True)


def test_an_attempt_that_ended_well_is_no_death() -> None:
    """It gave its lease back: the next one may begin at once, and need not be careful."""
    chunk = Mortals(items=40, raisers=frozenset({5, 6}))
    while not len(chunk.bench.records._progress) or not chunk.progress.done:
        left = iter([240.0])
        chunk.attempt(lambda left=left: next(left, 5.0))  # type: ignore[misc]
    assert (chunk.progress.lease_until, chunk.progress.handover.careful) == (None, False)
    ended = chunk.worker().run(chunk.task, lambda: 240)
    assert (ended.attempt, ended.careful) == (Attempt.WON, False)


def test_what_failed_before_the_time_limit_is_not_tried_again_and_is_told() -> None:
    chunk = Mortals(items=40, raisers=frozenset(range(0, 40, 2)))
    rng = random.Random(3)
    record = chunk.to_the_end(lambda: 240.0 if rng.random() < 0.5 else 5.0)
    assert chunk.attempts > 1
    assert set(chunk.ran.values()) == {1}
    assert (record.ok, [one.error for one in record.failures]) == (20, [f"ValueError: no {n}" for n in range(0, 40, 2)])


def test_a_careful_attempt_that_lost_its_lease_leaves_the_chunk_to_the_other() -> None:
    chunk = Mortals(items=40, fate=Fate(random.Random(1), brisk=True))
    manifest, now = chunk.bench.manifest(), chunk.bench.clock()
    chunk.bench.records.take_lease(manifest, 0, attempt="dead", now=now, until=now)
    chunk.bench.clock.sleep(1)
    twin = iter([True])

    def seconds_left() -> float:
        if next(twin, False):
            later = chunk.bench.clock() + timedelta(seconds=31)
            chunk.bench.records.take_lease(manifest, 0, attempt="twin", now=later, until=later)
        return 240.0

    assert chunk.worker().run(chunk.task, seconds_left).attempt is Attempt.LEASED
    assert (chunk.progress.attempt, len(chunk.ran)) == ("twin", 4)  # the window that it had announced


def test_a_lease_whose_first_answer_was_lost_is_no_death(monkeypatch: pytest.MonkeyPatch) -> None:
    chunk = Mortals(items=4)
    take = chunk.bench.records.take_lease

    def twice(*args: Any, **options: Any) -> Any:
        take(*args, **options)
        return take(*args, **options)

    monkeypatch.setattr(chunk.bench.records, "take_lease", twice)
    ended = chunk.worker().run(chunk.task, lambda: 240)
    assert (ended.attempt, ended.careful) == (Attempt.WON, False)


@pytest.mark.parametrize(
    "lies",
    [
        Handover(done=Bitmap.of(range(0, 90, 2)), failed={"x": Bitmap.of(range(1, 90, 3))}),
        Handover(in_flight=(70, 2), kills={3: 9, 80: 3}, overruns={-1: 5, 4: 3}, deaths=-2),
        Handover(failed={"x": Bitmap.of(range(90)), KILLED: Bitmap.of(range(90))}),
    ],
)
def test_whatever_the_progress_record_says_every_item_is_counted_once(lies: Handover) -> None:
    chunk = Mortals(items=40)
    manifest, now = chunk.bench.manifest(), chunk.bench.clock()
    chunk.bench.records.take_lease(manifest, 0, attempt="liar", now=now, until=now)
    chunk.bench.records.checkpoint(manifest, 0, attempt="liar", handover=lies, until=now)
    chunk.bench.clock.sleep(1)
    assert chunk.worker(ItemRun).run(chunk.task, lambda: 240).attempt is Attempt.WON
    (record,) = chunk.bench.records.chunks(manifest)
    numbers = [one.number for one in record.failures]
    assert (record.ok + record.failed, len(set(numbers))) == (40, record.failed)
    assert set(numbers) <= set(range(40))


def test_a_chunk_that_has_its_record_by_now_is_left() -> None:
    """The gatekeeper has abandoned it: forced, or cancelled. One read a checkpoint, also between short windows."""
    chunk = Mortals(items=400, fate=Fate(random.Random(1), brisk=True))
    manifest, now = chunk.bench.manifest(), chunk.bench.clock()
    chunk.bench.records.take_lease(manifest, 0, attempt="dead", now=now, until=now)
    chunk.bench.clock.sleep(1)

    def seconds_left() -> float:
        chunk.bench.clock.sleep(4)
        if chunk.store.calls["checkpoint"] == 5:
            abandoned = ChunkRecord(i=0, outcome=Outcome.ABANDONED, attempt="gatekeeper", abandoned=400, at=now)
            chunk.bench.records.put_chunk(manifest, abandoned)
        return 240.0

    assert chunk.worker().run(chunk.task, seconds_left).attempt is Attempt.LOST
    assert 0 < len(chunk.ran) < 60
    assert chunk.store.calls["put_chunk"] == 0


def test_the_texts_of_errors_are_bounded_and_the_commonest_are_kept() -> None:
    errors = {number: f"ValueError: no {number} " + "x" * 100 for number in range(5000)}
    errors |= dict.fromkeys(range(5000, 9000), "ConnectionError: down") | {9500: KILLED, 9600: TOO_LONG}
    failed = grouped(errors)
    assert sorted(number for numbers in failed.values() for number in numbers) == sorted(errors)
    assert {"ConnectionError: down", KILLED, TOO_LONG, NOT_KEPT} < set(failed)
    assert grouped({**dict.fromkeys(failed[NOT_KEPT], NOT_KEPT), 9999: "new"})[NOT_KEPT] == failed[NOT_KEPT]
    common = grouped({0: "KeyError: 1"} | dict.fromkeys(range(1, 9000), "ConnectionError: down"))
    assert set(common) == {"KeyError: 1", "ConnectionError: down"}
    assert sum(len(text.encode()) for text in failed if text not in (KILLED, TOO_LONG, NOT_KEPT)) <= KEPT_BYTES


def stored(handover: Handover) -> int:
    """The bytes that DynamoDB bills."""
    _, values = checkpoint_update(handover, None)
    return sum(len(name) + _bytes(value) for name, value in values.items())


def _bytes(value: Any) -> int:
    ((kind, content),) = value.items()
    if kind == "N":
        return len(content) // 2 + 2
    if kind == "M":
        return 3 + sum(len(name) + _bytes(one) + 1 for name, one in content.items())
    return 3 + sum(_bytes(one) + 1 for one in content) if kind == "L" else len(content)


def test_what_is_stored_between_attempts_stays_small() -> None:
    errors = {number: f"ValueError: no {number} " + "x" * 150 for number in range(0, 10_000, 3)}
    worst = Handover(
        done=Bitmap.of(range(1, 10_000, 3)),
        failed=grouped(errors),
        in_flight=tuple(range(9_800, 9_900)),
        kills=dict.fromkeys(range(8_000, 8_000 + 100), 1),
        overruns=dict.fromkeys(range(9_000, 9_000 + 100), 2),
        deaths=9,
    )
    assert stored(worst) < 8 * 1024
    assert stored(Handover(done=Bitmap.of(range(500)), in_flight=tuple(range(480, 500)), deaths=1)) < 512
    assert stored(Handover(done=Bitmap.of(range(10_000)), in_flight=tuple(range(9_980, 10_000)), deaths=1)) < 2048


@given(
    seed=st.integers(0, 2**32),
    items=st.integers(1, 40),
    slots=st.integers(1, 8),
    killers=st.frozensets(st.integers(0, 39), max_size=3),
    raisers=st.frozensets(st.integers(0, 39), max_size=3),
    blows=st.integers(0, 8),
)
def test_whatever_dies_the_count_is_exact_and_killers_fail(
    *, seed: int, items: int, slots: int, killers: frozenset[int], raisers: frozenset[int], blows: int
) -> None:
    """Blows: deaths from outside and calls without an answer, at any step.

    An innocent item fails only if at least two of them fell while it ran alone, so that at most blows / 2 do.
    """
    rng = random.Random(seed)
    everyone = frozenset(range(items))
    killers, raisers = killers & everyone, (raisers - killers) & everyone
    chunk = Mortals(items, killers, raisers, slots, Fate(rng, blows))
    record = chunk.to_the_end(lambda: 240.0 if rng.random() < 0.9 else 5.0, most=500)
    failed = {one.number for one in record.failures}
    assert (record.ok + record.failed, len(record.failures), len(failed)) == (items, record.failed, record.failed)
    assert killers | raisers <= failed
    assert len(failed - killers - raisers) <= chunk.fate.fallen / 2
    assert all(chunk.ran[number] >= 1 for number in everyone - failed)
    # Three announced runs each, and one that was not announced; a strike is never lost.
    assert sum(chunk.ran[number] for number in killers) <= 3 * len(killers) + 1


def test_the_mortals_die() -> None:
    """The test above means something: a death ends an attempt without a checkpoint."""
    chunk = Mortals(items=4, killers=frozenset({0}))
    with pytest.raises(Death):
        chunk.worker().run(chunk.task, lambda: 240)
    assert chunk.store.calls["checkpoint"] == 0

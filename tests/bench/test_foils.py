"""The foils are fair: right without faults, and wrong or right under them for the reason that their files give."""

import pytest

from bench.foils.atomic_counter import AtomicCounter
from bench.foils.chunk_records import NAME as TALLYGATE
from bench.foils.distributed_map import BatchedMap, DistributedMap
from bench.foils.etag import ETag
from bench.foils.extrapolation import expect, ids_in_a_record
from bench.foils.history import History
from bench.foils.id_set import IdSet
from bench.foils.item_collection import ItemCollection
from bench.foils.marker_item import MarkerItem
from bench.foils.outcome import Outcome
from bench.foils.real.run import stage
from bench.foils.request_token import RequestToken
from bench.foils.simulated.queue import Twice
from bench.foils.simulations import NAMES, Simulation, calm, poisoned, rough
from local.simulation import Faults

SEED = 20261121
ITEMS, REAL_ITEMS = 300, 150
LOST_ONLY = Faults(lost=0.05)
ONCE = Twice()


def simulated(design: str, *, faults: Faults = LOST_ONLY, twice: Twice = ONCE) -> Outcome:
    outcome = Simulation(design=design, items=ITEMS, seed=SEED, faults=faults, twice=twice).run()
    print(f"seed {SEED}: {outcome}")
    return outcome


@pytest.mark.parametrize("design", NAMES)
def test_without_faults_every_design_is_right(design: str) -> None:
    outcome = calm(design, ITEMS, SEED).run()
    assert (outcome.counted, outcome.finish) == (ITEMS, "right")


@pytest.mark.parametrize("design", NAMES)
def test_the_same_seed_is_the_same_run(design: str) -> None:
    once, twice = (Simulation(design=design, items=60, seed=SEED).run() for _ in range(2))
    assert once == twice


def test_the_atomic_counter_counts_each_lost_answer_once_more_and_tells_too_early() -> None:
    outcome = simulated(AtomicCounter.name)
    assert outcome.wrong_by == outcome.retries > 5
    assert outcome.finish.startswith("EARLY")


@pytest.mark.parametrize("design", [MarkerItem.name, ItemCollection.name, IdSet.name, TALLYGATE])
def test_what_is_right_under_every_fault(design: str) -> None:
    outcome = Simulation(design=design, items=ITEMS, seed=SEED).run()
    assert (outcome.counted, outcome.finish) == (ITEMS, "right")


def test_the_etag_takes_a_lost_answer_for_a_conflict() -> None:
    assert simulated(ETag.name).wrong_by > 0


def test_the_history_recognises_lost_answers_but_not_late_duplicates() -> None:
    assert simulated(History.name).wrong_by == 0
    assert simulated(History.name, twice=Twice(late=0.05)).wrong_by > 5


def test_the_request_token_recognises_duplicates_for_ten_minutes() -> None:
    assert simulated(RequestToken.name, twice=Twice(soon=0.05)).wrong_by == 0
    assert simulated(RequestToken.name, twice=Twice(late=0.05)).wrong_by > 5


def test_transactions_on_one_record_are_cancelled_more_often_than_not() -> None:
    assert simulated(MarkerItem.name).refusals > ITEMS


@pytest.mark.parametrize("number", range(3))
def test_tallygate_is_exact_under_four_times_the_faults(number: int) -> None:
    outcome = rough(SEED + number)
    assert (outcome.wrong_by, outcome.finish) == (0, "right")
    assert outcome.crashes > 10


def test_a_map_of_batches_counts_batches() -> None:
    batched = poisoned(BatchedMap.name, SEED)
    assert (batched.done, batched.counted) == (950, 900)
    for design in (DistributedMap.name, TALLYGATE):
        exact = poisoned(design, SEED)
        assert (exact.done, exact.counted) == (999, 999)


def test_the_set_outgrows_its_record() -> None:
    run = Simulation(design=IdSet.name, items=ITEMS, seed=SEED).run()
    assert expect(run, ids_in_a_record()).seconds < float("inf")
    expected = expect(run, 100_000)
    assert expected.seconds == float("inf")
    assert expected.limit.startswith("400 KB: full at 25,600 ids")


@pytest.mark.long
def test_on_dynamodb_local_the_counter_over_counts_and_tallygate_is_exact() -> None:
    """boto3, processes of which two are killed, and faults on the wire."""
    with stage(SEED) as set_up:
        counter, ours = (set_up.perform(design, REAL_ITEMS) for design in (AtomicCounter, None))
    print(f"seed {SEED}: {counter}\n{ours}")
    assert counter.wrong_by > 0
    assert (ours.counted, ours.finish) == (REAL_ITEMS, "right")
    assert ours.write < counter.write / 5

"""The smoke test passes on a batch that is exact and on no other."""

import pytest

from tallygate.batch import Worker
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.smoke.errors import Inexact
from tallygate.smoke.smoke_test import Passed, smoke_test
from tallygate.smoke.trial import Trial
from tallygate.smoke.worker import SMOKE, with_smoke
from tests.unit.smoke.benched import Benched, DoubledStream, Restless

TRIAL = Trial(run="r1")


def test_an_exact_batch_passes_and_is_started_twice() -> None:
    deployed = Benched()
    assert smoke_test(deployed, TRIAL, Deadline.after(60)) == Passed("smoke-r1", items=200, streams=10, chunks=8)
    assert deployed.started == ["smoke-r1", "smoke-r1-again"]


def test_a_run_knows_nothing_of_the_one_before() -> None:
    deployed = Benched()
    for run in ("r1", "r2"):
        smoke_test(deployed, Trial(run=run, items=7, streams=3), Deadline.after(60))


def lost() -> Benched:
    deployed = Benched()
    deployed.skipped = {3}
    return deployed


def refused() -> Benched:
    deployed = Benched()
    deployed.status = "FAILED"
    return deployed


@pytest.mark.parametrize(
    ("deployed", "says"),
    [
        (refused(), "the execution ended as FAILED: BadInput: no such worker"),
        (lost(), "expected each of 8 once; the chunk records count 175 items ok, expected 200; the stream r1.0 holds"),
        (DoubledStream(), "the stream r1.0 holds 21 entries of 20 items, expected 20"),
        (Restless(), "started again it ended as SUCCEEDED with {'batch': 'smoke-r1-again'"),
    ],
)
def test_what_is_not_exact_is_named(deployed: Benched, says: str) -> None:
    with pytest.raises(Inexact) as raised:
        smoke_test(deployed, TRIAL, Deadline.after(60))
    assert says in str(raised.value)
    assert str(raised.value).startswith("the batch smoke-r1 is not exact: ")


def test_every_stream_has_items_of_several_chunks() -> None:
    """Workers meet on streams, or nothing is shown."""
    rows = [line.split(",") for line in TRIAL.manifest().splitlines()[1:]]
    for stream, items in TRIAL.expected().items():
        chunks = {n // TRIAL.chunk_size for n, row in enumerate(rows) if row[1] == stream}
        assert len(chunks) == 8
        assert items == {row[0] for row in rows if row[1] == stream}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"items": 0}, "items is 0, expected 1 to 10,000"),
        ({"items": 10_001}, "items is 10001, expected 1 to 10,000"),
        ({"streams": 0}, "streams is 0, expected 1 to 200, the number of items"),
        ({"items": 3, "streams": 4}, "streams is 4, expected 1 to 3, the number of items"),
    ],
)
def test_a_number_out_of_range_is_refused(fields: dict[str, int], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        Trial(run="r1", **fields)


def test_the_worker_is_the_last_so_that_the_domains_first_stays_the_default() -> None:
    theirs = Worker(name="theirs", process=SMOKE.process)
    assert with_smoke((theirs,)) == (theirs, SMOKE)


def test_the_name_is_reserved() -> None:
    theirs = Worker(name="smoke", process=SMOKE.process)
    with pytest.raises(InvalidInput, match="the domain declares a worker 'smoke': the name is the smoke test's"):
        with_smoke((theirs,))

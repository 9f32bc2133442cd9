"""What a poll tells as metrics: an alarm looks at them."""

from tallygate.batch.poll import Poll


def test_while_chunks_are_missing_it_tells_how_many_are_worked_on() -> None:
    told = Poll(chunks=5, recorded=2, in_progress=0, dispatched=1).metrics()
    assert told["ChunksInProgress"] == 0
    assert told["ChunksWaiting"] == 3
    assert told["ChunksDispatchedAgain"] == 1


def test_a_batch_that_passes_is_none_that_stands_still() -> None:
    told = Poll(chunks=5, recorded=5).metrics()
    assert "ChunksInProgress" not in told
    assert told["ChunksRecorded"] == told["Chunks"] == 5

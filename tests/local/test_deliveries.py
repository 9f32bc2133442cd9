"""Disturbed deliveries: what arrives at a stream's consumers is what the counts say, and the same for the same seed."""

import time
from collections import Counter

import pytest

from local.emulator.deliveries import Deliveries
from tests.local.tiny_aws import TinyAws

PUT = 400
CHANCES = {"twice": 0.1, "shuffled": 0.1, "dropped": 0.05}


def held(aws: TinyAws, stream: str) -> list[int]:
    """The numbers in the stream's one shard, in order."""
    shard = aws.kinesis.list_shards(StreamName=stream)["Shards"][0]["ShardId"]
    iterator = aws.kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = aws.kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    sequences = [record["SequenceNumber"] for record in records]
    assert sequences == sorted(set(sequences))
    return [int(record["Data"]) for record in records]


def disturbed(aws: TinyAws, *, seed: int, **chances: float) -> tuple[list[int], dict[str, int]]:
    """Put numbers; returns what stands in the stream, and what struck."""
    stream, _ = aws.stream()
    aws.emulator.disturb_deliveries(stream, seed=seed, **chances)
    for first in range(0, PUT, 100):
        aws.put(stream, range(first, first + 100))
    time.sleep(0.7)
    return held(aws, stream), aws.emulator.deliveries_struck()


def passed(numbers: list[int]) -> int:
    """How many numbers stand behind a greater one for the first time that they stand there."""
    first = {number: place for place, number in reversed(list(enumerate(numbers)))}
    return sum(
        any(first.get(later, PUT * 2) < place for later in range(number + 1, PUT)) for number, place in first.items()
    )


def test_all_three_strike_as_often_as_counted_and_again_for_the_same_seed(aws: TinyAws) -> None:
    numbers, struck = disturbed(aws, seed=7, **CHANCES)
    counted = Counter(numbers)
    assert struck["put"] == PUT
    assert struck["dropped"] == PUT - len(counted) > 0
    assert struck["twice"] == len(numbers) - len(counted) > 20
    assert max(counted.values()) == 2
    assert struck["shuffled"] > 20
    assert abs(passed(numbers) - struck["shuffled"]) <= 2  # two that are held back side by side keep their order
    assert disturbed(aws, seed=7, **CHANCES) == (numbers, struck)
    assert disturbed(aws, seed=8, **CHANCES)[0] != numbers


def test_a_copy_comes_later_and_nothing_is_held_for_ever(aws: TinyAws) -> None:
    stream, _ = aws.stream()
    aws.emulator.disturb_deliveries(stream, twice=1)
    aws.put(stream, range(3))
    aws.emulator.disturb_deliveries(stream)
    assert held(aws, stream)[:2] == [0, 1]
    time.sleep(0.7)
    assert sorted(held(aws, stream)) == [0, 0, 1, 1, 2, 2]
    aws.emulator.disturb_deliveries(stream, shuffled=1)
    aws.kinesis.put_record(StreamName=stream, Data=b"9", PartitionKey="one")
    assert 9 not in held(aws, stream)
    time.sleep(0.7)
    assert held(aws, stream)[-1] == 9
    assert aws.emulator.deliveries_struck() == {"twice": 0, "shuffled": 0, "dropped": 0, "put": 1}


def test_a_consumer_gets_what_was_held_back_and_other_streams_are_left_alone(aws: TinyAws) -> None:
    (stream, arn), (other, _) = aws.stream(), aws.stream()
    function = aws.function(
        "def handler(event, context): print([r['kinesis']['partitionKey'] for r in event['Records']])"
    )
    aws.mapping(function, arn)
    aws.emulator.disturb_deliveries(stream, shuffled=1)
    for name in (other, stream):
        aws.put(name, [1], key="7")
    assert held(aws, other) == [1]
    deadline = time.monotonic() + 2
    while not aws.emulator.handler_log.exists() or f"{function} " not in aws.emulator.handler_log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("chances", [{"twice": 0.7, "shuffled": 0.7}, {"dropped": -0.1}, {"often": 0.1}])
def test_chances_that_make_no_sense_are_refused(chances: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="together at most 1"):
        Deliveries().disturb("stream", seed=1, chances=chances)

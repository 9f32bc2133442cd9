"""What becomes of a batch, without an emulator: answers, splits, ages, limits and positions."""

from typing import Any

import pytest

from local.emulator.event_sources.answer import failed_at
from local.emulator.event_sources.batch import Batch, Entry
from local.emulator.event_sources.kinesis import counting, removed, start
from local.emulator.event_sources.settings import FOREVER, RETRY_SECONDS, RETRY_SECONDS_MAX, Settings, retry_wait
from local.emulator.event_sources.switches import Switches

ALL = Switches(event_sources_apart=True, bisect=True, retry_limit=True, partial_batch=True, on_failure=True)
STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
TABLE_STREAM = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026"


def batch(*numbers: int, **counts: int) -> Batch:
    records = ({"kinesis": {"sequenceNumber": f"{n:03d}", "approximateArrivalTimestamp": 1000.0 + n}} for n in numbers)
    return Batch(tuple(Entry(number, record) for number, record in zip(numbers, records, strict=True)), **counts)


def positions(batches: tuple[Batch, ...]) -> list[list[int]]:
    return [[entry.position for entry in each.entries] for each in batches]


def reporting(*identifiers: Any) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}


@pytest.mark.parametrize("answer", [None, "", {}, [], reporting(), {"batchItemFailures": None}, "{}", {"done": 3}])
def test_an_answer_without_failures_is_success(answer: Any) -> None:
    assert failed_at(answer, batch(1, 2, 3)) is None


@pytest.mark.parametrize(
    ("answer", "first"),
    [
        (reporting("003"), 2),
        (reporting("003", "002"), 1),
        ('{"batchItemFailures": [{"itemIdentifier": "002"}]}', 1),
        (reporting("001", "003"), 0),
        *((answer, 0) for answer in (reporting(""), reporting(None), reporting("003", "nobody's"), reporting(3))),
        *((answer, 0) for answer in ({"batchItemFailures": [{"id": "003"}]}, {"batchItemFailures": "003"})),
        *((answer, 0) for answer in ({"batchItemFailures": ["003"]}, "not JSON", 7)),
    ],
)
def test_the_lowest_number_reported_is_the_first_to_come_again(answer: Any, first: int) -> None:
    assert failed_at(answer, batch(1, 2, 3)) == first


def test_what_is_left_of_a_failed_batch() -> None:
    again = batch(1, 2, 3, failures=1, tries=1).from_failure(0, bisect=False)
    assert (positions(again), again[0].failures, again[0].tries) == ([[1, 2, 3]], 2, 2)
    rest = batch(1, 2, 3).from_failure(1, bisect=False)
    assert (positions(rest), rest[0].failures) == ([[2, 3]], 1)
    halves = batch(1, 2, 3).from_failure(0, bisect=True)
    assert (positions(halves), [half.failures for half in halves]) == ([[1], [2, 3]], [0, 0])
    assert positions(batch(1, 2, 3, 4).from_failure(1, bisect=True)) == [[2, 3, 4]]
    alone = batch(1).from_failure(0, bisect=True)
    assert (positions(alone), alone[0].failures) == ([[1]], 1)
    throttled = batch(1, failures=1).from_throttle()
    assert (throttled.failures, throttled.throttled) == (1, 1)


def test_only_the_first_records_are_too_old() -> None:
    assert batch(1, 2, 9).aged(1012.5, 10) == 2
    assert batch(1, 2, 9).aged(1011.0, 10) == 0
    assert batch(1, 2, 9).aged(2000.0, 10) == 3


def test_waits_double_up_to_a_limit() -> None:
    assert [retry_wait(failures) for failures in (0, 1, 2)] == [0.0, RETRY_SECONDS, RETRY_SECONDS * 2]
    assert retry_wait(10_000) == RETRY_SECONDS_MAX


def test_settings_follow_the_mapping_as_far_as_the_mends_are_on() -> None:
    asked = {
        "EventSourceArn": STREAM,
        "BatchSize": "7",
        "BisectBatchOnFunctionError": "true",
        "MaximumRetryAttempts": 0,
        "MaximumRecordAgeInSeconds": "60",
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "DestinationConfig": {"OnFailure": {"Destination": "arn:q"}},
    }
    assert Settings.of(asked, switches=ALL) == Settings(7, True, 0, 60, True, "arn:q")
    assert Settings.of(asked, switches=Switches()) == Settings(7, False, FOREVER, FOREVER, False, "")
    assert Settings.of({"EventSourceArn": STREAM}, switches=ALL) == Settings(100, False, FOREVER, FOREVER, False, "")
    # What the emulator does on its own for a table's stream, it still does.
    of_table = Settings.of({**asked, "EventSourceArn": TABLE_STREAM}, switches=Switches())
    assert of_table == Settings(7, False, FOREVER, 60, False, "arn:q")


def test_positions_stay_right_when_old_records_are_removed() -> None:
    shard: dict[str, Any] = {"records": [{"ApproximateArrivalTimestamp": float(n)} for n in range(10)]}

    def expire(stream: dict[str, Any]) -> None:
        for each in stream["shards"].values():
            each["records"] = [record for record in each["records"] if record["ApproximateArrivalTimestamp"] >= cutoff]

    for cutoff in (4, 4, 7):  # noqa: B007  # read by expire
        counting(expire)({"shards": {"shard": shard}})
    assert (removed(shard), len(shard["records"])) == (7, 3)
    assert start(shard, {"StartingPosition": "TRIM_HORIZON"}) == 7
    assert start(shard, {"StartingPosition": "LATEST"}) == 10
    assert start(shard, {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 8.5}) == 9

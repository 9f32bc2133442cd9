"""Consumers of streams on the mended emulator: what they get, when, and what they don't."""

import statistics
import time
from typing import Any

import pytest

from local.server import wait_until
from tests.local.event_source_checks import consumer, messages, put_item, says, streamed_table
from tests.local.tiny_aws import TinyAws

COMMITS = '{"eventName":["INSERT"],"dynamodb":{"NewImage":{"commit_id":{"S":[{"exists":true}]}}}}'
CHANGED = '{"eventName":["MODIFY","REMOVE"],"dynamodb":{"Keys":{"sk":{"N":[{"anything-but":["0"]}]}}}}'
LATE = """
    import json, time

    def handler(event, context):
        now = time.time()
        arrived = [record["kinesis"]["approximateArrivalTimestamp"] for record in event["Records"]]
        print(json.dumps([now - float(at) for at in arrived]))
"""


def test_a_filter_of_commits_and_what_was_written_before_the_mapping(aws: TinyAws) -> None:
    table, arn = streamed_table(aws)
    commit: Any = {"commit_id": {"S": "c"}}
    for number in range(5):
        put_item(aws, table, number, **commit)
    put_item(aws, table, 5)
    aws.dynamodb.delete_item(TableName=table, Key={"pk": {"S": "p"}, "sk": {"N": "1"}})
    put_item(aws, table, 2, **commit, changed={"BOOL": True})
    filters: Any = {"Filters": [{"Pattern": COMMITS}]}
    function = consumer(aws)
    aws.mapping(function, arn, BatchSize=2, FilterCriteria=filters)
    says(aws, function, [[0, 1], [2, 3], [4]])
    put_item(aws, table, 6, **commit)
    says(aws, function, [[0, 1], [2, 3], [4], [6]])


def test_what_fits_one_of_two_filters_comes_and_a_key_is_a_text(aws: TinyAws) -> None:
    table, arn = streamed_table(aws)
    commit: Any = {"commit_id": {"S": "c"}}
    for number in (0, 1, 2):
        put_item(aws, table, number, **(commit if number else {}))
    put_item(aws, table, 0, changed={"BOOL": True})
    put_item(aws, table, 2, changed={"BOOL": True})
    for removed in ("0", "1"):
        aws.dynamodb.delete_item(TableName=table, Key={"pk": {"S": "p"}, "sk": {"N": removed}})
    function = consumer(aws)
    aws.mapping(function, arn, FilterCriteria={"Filters": [{"Pattern": COMMITS}, {"Pattern": CHANGED}]})
    says(aws, function, [[1, 2, 2, 1]])


def test_records_come_soon(aws: TinyAws) -> None:
    stream, arn = aws.stream()
    function = aws.function(LATE)
    aws.invoke(function, {"Records": []})
    aws.mapping(function, arn, StartingPosition="LATEST")
    for number in range(30):
        aws.put(stream, [number])
        time.sleep(0.03)
    assert wait_until(lambda: len([late for call in aws.said(function) for late in call]) == 30, 3)
    waits = [late for call in aws.said(function) for late in call]
    assert statistics.median(waits) < 0.05


def test_a_bad_record_stops_its_own_shard_only(aws: TinyAws) -> None:
    stream, arn = aws.stream(shards=2)
    function = consumer(aws, POISON="raise")
    by_key = {
        aws.kinesis.put_record(StreamName=stream, Data=b"0", PartitionKey=key)["ShardId"]: key for key in "abcdef"
    }
    bad, good = by_key.values()
    aws.mapping(function, arn, StartingPosition="LATEST")
    aws.put(stream, [3], key=bad)
    assert wait_until(lambda: [3] in aws.said(function), 2, every=0.02)
    aws.put(stream, [4], key=bad)
    aws.put(stream, [5], key=good)
    assert wait_until(lambda: [5] in aws.said(function), 2, every=0.02)
    assert not any(4 in numbers for numbers in aws.said(function))


def test_a_mapping_that_is_disabled_goes_on_later_and_one_that_is_deleted_does_not(aws: TinyAws) -> None:
    stream, arn = aws.stream()
    function = consumer(aws)
    mapping = aws.mapping(function, arn)
    aws.put(stream, [1])
    says(aws, function, [[1]])
    aws.functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    aws.put(stream, [2])
    says(aws, function, [[1]], seconds=0.3)
    aws.functions.update_event_source_mapping(UUID=mapping, Enabled=True)
    says(aws, function, [[1], [2]])
    aws.functions.delete_event_source_mapping(UUID=mapping)
    aws.put(stream, [4])
    says(aws, function, [[1], [2]], seconds=0.3)


def test_a_throttled_call_is_no_attempt(aws: TinyAws) -> None:
    stream, arn = aws.stream()
    function = consumer(aws)
    aws.functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    aws.put(stream, [1])
    aws.mapping(function, arn, MaximumRetryAttempts=0)
    time.sleep(0.5)
    aws.functions.delete_function_concurrency(FunctionName=function)
    says(aws, function, [[1]])


def test_a_killed_worker_is_an_attempt(aws: TinyAws) -> None:
    stream, arn = aws.stream()
    function = consumer(aws, SLEEP="0.4")
    aws.emulator.kill_workers(function, at={1: 0.1})
    aws.put(stream, [1, 2])
    aws.mapping(function, arn, MaximumRetryAttempts=1)
    says(aws, function, [[1, 2], [1, 2]], seconds=5)
    assert aws.emulator.meter()["functions"][function] == {"cold_starts": 2, "invocations": 2, "kills": 1}


@pytest.mark.parametrize("bisect", [False, True])
def test_a_partial_answer_ends_the_batch_where_it_says(aws: TinyAws, *, bisect: bool) -> None:
    stream, arn = aws.stream()
    function = consumer(aws, POISON="report")
    aws.put(stream, range(2, 6))
    settings: Any = {"FunctionResponseTypes": ["ReportBatchItemFailures"], "BisectBatchOnFunctionError": bisect}
    aws.mapping(function, arn, **settings)
    halves = [[3], [4, 5]] if bisect else [[3, 4, 5]]
    says(aws, function, [[2, 3, 4, 5], [3, 4, 5], *halves])


def test_what_is_too_old_is_told_and_not_tried(aws: TinyAws) -> None:
    stream, arn = aws.stream()
    queue, queue_arn = aws.queue()
    function = consumer(aws)
    aws.put(stream, [1, 2])
    time.sleep(1.1)
    aws.put(stream, [4])
    destination: Any = {"OnFailure": {"Destination": queue_arn}}
    aws.mapping(function, arn, MaximumRecordAgeInSeconds=1, DestinationConfig=destination)
    says(aws, function, [[4]])
    (told,) = messages(aws, queue, 1)
    assert told["requestContext"]["condition"] == "MaxRecordAgeExceeded"
    assert told["KinesisBatchInfo"]["batchSize"] == 2

"""What AWS does with event source mappings: each check holds with its mend and fails without (`test_mends.py`)."""

import json
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.emulator.process import Emulator
from local.server import wait_until
from tests.local.tiny_aws import TinyAws

CONSUMER = """
    import base64, json, os, time

    POISON = 3
    calls = 0

    def number(record):
        if "kinesis" in record:
            return int(base64.b64decode(record["kinesis"]["data"]))
        return int(record["dynamodb"]["Keys"]["sk"]["N"]) if "dynamodb" in record else int(record["body"])

    def handler(event, context):
        global calls
        calls += 1
        numbers = [number(record) for record in event["Records"]]
        print(json.dumps(numbers))
        time.sleep(float(os.environ.get("SLEEP", "0")))
        if POISON not in numbers:
            return {"batchItemFailures": None}
        if os.environ.get("POISON") == "raise":
            raise ValueError("poison")
        if os.environ.get("POISON") == "report" and calls < 3:
            later = [r["kinesis"]["sequenceNumber"] for r in event["Records"] if number(r) >= POISON]
            return {"batchItemFailures": [{"itemIdentifier": sequence} for sequence in reversed(later)]}
"""
EPOCH = datetime.fromtimestamp(0, UTC)
STREAMED: Any = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}}


def consumer(aws: TinyAws, **variables: str) -> str:
    return aws.function(CONSUMER, Environment={"Variables": variables}, Timeout=20)


def says(aws: TinyAws, function: str, expected: list[Any], seconds: float = 3) -> None:
    """Assert that the function's calls are these and, for a while, no more."""

    def decided() -> bool:
        said = aws.said(function)
        return len(said) >= len(expected) or said != expected[: len(said)]

    wait_until(decided, seconds, every=0.02)
    time.sleep(0.15)
    assert aws.said(function) == expected


def streamed_table(aws: TinyAws) -> tuple[str, str]:
    table = aws.table(**STREAMED)
    return table, aws.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]


def put_item(aws: TinyAws, table: str, number: int, **attributes: Any) -> None:
    aws.dynamodb.put_item(TableName=table, Item={"pk": {"S": "p"}, "sk": {"N": str(number)}, **attributes})


def messages(aws: TinyAws, queue: str, count: int) -> list[Any]:
    found: list[Any] = []

    def received() -> bool:
        answer = aws.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        found.extend(json.loads(message["Body"]) for message in answer.get("Messages", []))
        return len(found) >= count

    assert wait_until(received, 1), f"{len(found)} of {count} messages came"
    return found


def check_event_sources_apart(aws: TinyAws) -> None:
    """A consumer that is slow delays no other one: of the same stream, of a table, or of a queue."""
    stream, arn = aws.stream(shards=2)
    table, table_arn = streamed_table(aws)
    queue, queue_arn = aws.queue()
    slow, quick, of_table, of_queue = consumer(aws, SLEEP="3"), *(consumer(aws) for _ in range(3))
    for function, source in ((slow, arn), (quick, arn), (of_table, table_arn), (of_queue, queue_arn)):
        aws.mapping(function, source)
    for function in (quick, of_table, of_queue):  # their workers are started
        aws.invoke(function, {"Records": []})
    aws.put(stream, [1], key="left")
    assert wait_until(lambda: "invocations" in aws.emulator.meter()["functions"].get(slow, {}), 3)
    aws.put(stream, [2], key="left")
    put_item(aws, table, 4)
    aws.sqs.send_message(QueueUrl=queue, MessageBody="5")
    assert wait_until(lambda: [2] in aws.said(quick), 1.5, every=0.02)
    assert wait_until(lambda: [4] in aws.said(of_table) and [5] in aws.said(of_queue), 0.5, every=0.02)
    assert aws.said(slow) == []


def check_bisect(aws: TinyAws) -> None:
    """A batch that failed is halved until the bad record is alone; splits are no retries."""
    stream, arn = aws.stream()
    function = consumer(aws, POISON="raise")
    aws.put(stream, range(8))
    aws.mapping(function, arn, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1)
    says(aws, function, [list(range(8)), [0, 1, 2, 3], [0, 1], [2, 3], [2], [3], [3], [4, 5, 6, 7]])


def check_retry_limit(aws: TinyAws) -> None:
    """After so many retries, or at such an age, a batch is given up and the shard goes on."""
    stream, arn = aws.stream()
    counted, aged = consumer(aws, POISON="raise"), consumer(aws, POISON="raise")
    aws.put(stream, range(4))
    aws.mapping(counted, arn, MaximumRetryAttempts=2, BatchSize=4)
    aws.mapping(aged, arn, MaximumRecordAgeInSeconds=1, BatchSize=4)
    says(aws, counted, [[0, 1, 2, 3]] * 3)
    aws.put(stream, [9])
    says(aws, counted, [[0, 1, 2, 3]] * 3 + [[9]])

    def goes_on() -> bool:
        aws.put(stream, [9])
        return any(9 in numbers for numbers in aws.said(aged))

    assert wait_until(goes_on, 3, every=0.3)


def check_partial_batch(aws: TinyAws) -> None:
    """What comes before the lowest sequence number that is reported is done, the rest comes again."""
    stream, arn = aws.stream()
    function = consumer(aws, POISON="report")
    aws.put(stream, range(6))
    aws.mapping(function, arn, FunctionResponseTypes=["ReportBatchItemFailures"], BatchSize=6)
    aws.put(stream, [9])
    says(aws, function, [list(range(6)), [3, 4, 5], [3, 4, 5], [9]])


def check_on_failure(aws: TinyAws) -> None:
    """What is given up is told to the queue, for Kinesis and for a table's stream."""
    stream, arn = aws.stream()
    table, table_arn = streamed_table(aws)
    queue, queue_arn = aws.queue()
    function = consumer(aws, POISON="raise")
    aws.put(stream, range(2, 6))
    put_item(aws, table, 3)
    for source in (arn, table_arn):
        destination: Any = {"OnFailure": {"Destination": queue_arn}}
        aws.mapping(function, source, MaximumRetryAttempts=1, DestinationConfig=destination, BatchSize=4)
    aws.put(stream, [9])
    assert wait_until(lambda: aws.said(function).count([3]) == 2 and [9] in aws.said(function), 3)
    found = {next(key for key in told if key.endswith("BatchInfo")): told for told in messages(aws, queue, 2)}
    for told in found.values():
        assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
        assert told["requestContext"]["approximateInvokeCount"] == 2
        assert function in told["requestContext"]["functionArn"]
    shard = aws.kinesis.list_shards(StreamName=stream)["Shards"][0]["ShardId"]
    iterator = aws.kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = aws.kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    batch = found["KinesisBatchInfo"]["KinesisBatchInfo"]
    assert (batch["shardId"], batch["streamArn"], batch["batchSize"]) == (shard, arn, 4)
    assert batch["startSequenceNumber"] == records[0]["SequenceNumber"]
    assert batch["endSequenceNumber"] == records[3]["SequenceNumber"]
    assert batch["approximateArrivalOfFirstRecord"] <= batch["approximateArrivalOfLastRecord"]
    assert found["DDBStreamBatchInfo"]["DDBStreamBatchInfo"]["streamArn"] == table_arn


def check_mapping_properties(aws: TinyAws) -> None:
    """A mapping of a stack has what its template says, no less and, once removed there, no more."""
    _, arn = aws.stream()
    _, queue_arn = aws.queue()
    given: dict[str, Any] = {
        "FunctionName": consumer(aws),
        "EventSourceArn": arn,
        "StartingPosition": "AT_TIMESTAMP",
        "StartingPositionTimestamp": 1500000000,
        "Enabled": False,
        "MaximumRetryAttempts": "7",
        "BisectBatchOnFunctionError": "true",
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "FilterCriteria": {"Filters": [{"Pattern": '{"partitionKey": ["a"]}'}]},
        "DestinationConfig": {"OnFailure": {"Destination": queue_arn}},
    }
    name = f"tiny-{time.monotonic_ns()}"

    def deployed(wait: str, deploy: Callable[..., Any], **properties: Any) -> Any:
        resources = {"Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}}
        deploy(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
        waiter: Any = aws.stacks.get_waiter(wait)  # type: ignore[call-overload]  # one of two names
        waiter.wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
        return aws.functions.list_event_source_mappings(FunctionName=given["FunctionName"])["EventSourceMappings"][0]

    made = deployed("stack_create_complete", aws.stacks.create_stack, **given)
    assert made.get("StartingPositionTimestamp", EPOCH).timestamp() == 1500000000
    assert (made["State"], made["BatchSize"], made["MaximumRetryAttempts"]) == ("Disabled", 100, 7)
    assert (made["BisectBatchOnFunctionError"], made["ParallelizationFactor"]) == (True, 1)
    for same in ("FunctionResponseTypes", "FilterCriteria", "DestinationConfig"):
        assert made[same] == given[same]
    for removed in ("MaximumRetryAttempts", "BisectBatchOnFunctionError", "FilterCriteria"):
        del given[removed]
    changed = deployed("stack_update_complete", aws.stacks.update_stack, **given)
    assert changed["UUID"] == made["UUID"]
    assert (changed["MaximumRetryAttempts"], changed["BisectBatchOnFunctionError"]) == (-1, False)
    assert "FilterCriteria" not in changed


def check_stream_kept(aws: TinyAws) -> None:
    """After a restart a consumer goes on where it was, and misses nothing."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {"PERSIST_STATE": "1", "STATE_DIR": folder}
        with Emulator(unmended=aws.emulator.unmended, settings=settings) as emulator:
            before = TinyAws(emulator)
            (table, arn), function = streamed_table(before), consumer(before)
            put_item(before, table, 1)
            before.mapping(function, arn, BatchSize=1)
            says(before, function, [[1]])
        with Emulator(unmended=aws.emulator.unmended, settings=settings) as emulator:
            after = TinyAws(emulator)
            for number in (2, 4):
                put_item(after, table, number)
            says(after, function, [[2], [4]])


CHECKS: dict[str, Callable[[TinyAws], None]] = {
    "stream_kept": check_stream_kept,
    "mapping_properties": check_mapping_properties,
    "event_sources_apart": check_event_sources_apart,
    "bisect": check_bisect,
    "retry_limit": check_retry_limit,
    "partial_batch": check_partial_batch,
    "on_failure": check_on_failure,
}

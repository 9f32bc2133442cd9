"""What the skeleton relies on in the emulator and what needs no mend: these fail first if a new version breaks it."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.tiny_aws import TinyAws, task

ECHO = "def handler(event, context): return event"
COUNTS = """
    import botocore.session

    def handler(event, context):
        botocore.session.get_session().create_client("dynamodb").update_item(
            TableName=event["table"], Key={"pk": {"S": "tries"}, "sk": {"N": "0"}},
            UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": {"N": "1"}},
        )
        raise ValueError("never again")
"""


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


@pytest.fixture(scope="module")
def versioned(aws: TinyAws) -> tuple[str, list[str]]:
    """A versioned bucket with two versions of `key`."""
    bucket = aws.bucket()
    aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    versions = [aws.s3.put_object(Bucket=bucket, Key="key", Body=body)["VersionId"] for body in (b"0123456789", b"new")]
    return bucket, versions


def test_versions_are_told_apart(aws: TinyAws, versioned: tuple[str, list[str]]) -> None:
    bucket, versions = versioned
    assert aws.s3.get_object(Bucket=bucket, Key="key", Range="bytes=1-")["Body"].read() == b"ew"
    assert aws.s3.get_object(Bucket=bucket, Key="key", VersionId=versions[0])["Body"].read() == b"0123456789"
    assert aws.s3.head_object(Bucket=bucket, Key="key")["VersionId"] == versions[1]
    assert aws.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


def test_s3_says_what_is_missing(aws: TinyAws, versioned: tuple[str, list[str]]) -> None:
    bucket, _ = versioned
    with pytest.raises(ClientError) as error:
        aws.s3.get_object(Bucket="no-such-bucket-here", Key="key")
    assert code_of(error) == "NoSuchBucket"
    with pytest.raises(ClientError) as error:
        aws.s3.get_object(Bucket=bucket, Key="nothing")
    assert code_of(error) == "NoSuchKey"
    with pytest.raises(ClientError) as error:
        aws.s3.head_object(Bucket=bucket, Key="nothing")
    assert code_of(error) == "404"
    with pytest.raises(ClientError) as error:
        aws.s3.list_objects_v2(Bucket="no-such-bucket-here")
    assert code_of(error) == "NoSuchBucket"
    with pytest.raises(ClientError) as error:
        aws.s3.get_object(Bucket=bucket, Key="key", Range="bytes=50-60")
    assert code_of(error) == "InvalidRange"
    with pytest.raises(ClientError) as error:
        aws.s3.get_object(Bucket=bucket, Key="key", VersionId="0" * 32)
    assert code_of(error) in {"NoSuchVersion", "InvalidArgument"}


def test_an_asynchronous_invocation_is_not_retried_when_told_so(aws: TinyAws) -> None:
    function, table = aws.function(COUNTS), aws.table()
    aws.functions.put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=0)
    answer = aws.functions.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps({"table": table}))
    assert answer["StatusCode"] == 202
    time.sleep(2.5)  # the emulator retries after one second and after two more
    item = aws.dynamodb.get_item(TableName=table, Key={"pk": {"S": "tries"}, "sk": {"N": "0"}})["Item"]
    assert item["n"] == {"N": "1"}
    assert aws.emulator.meter()["functions"][function]["invocations"] == 1


def test_a_handler_that_overruns_its_timeout_is_ended(aws: TinyAws) -> None:
    function = aws.function("import time\ndef handler(event, context): time.sleep(event)", Timeout=1)
    started = time.monotonic()
    answer = aws.invoke(function, 30)
    assert time.monotonic() - started < 5
    assert answer["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in answer["errorMessage"]
    assert aws.invoke(function, 0) is None


def test_the_deadline_reaches_the_handler(aws: TinyAws) -> None:
    function = aws.function("def handler(event, context): return context.get_remaining_time_in_millis()", Timeout=7)
    assert 6_000 < aws.invoke(function) <= 7_000


def test_a_task_that_overruns_its_timeout_fails(aws: TinyAws) -> None:
    function = aws.function("import time\ndef handler(event, context): time.sleep(5)", Timeout=10)
    assert aws.run({"Work": task(function, TimeoutSeconds=1)})["error"] == "States.Timeout"


def test_a_failure_explains_itself(aws: TinyAws) -> None:
    """Cause carries the handler's message as JSON; StringToJson and CausePath bring it out."""
    function = aws.function("class BadInput(Exception): pass\ndef handler(event, context): raise BadInput('line 7')")
    failed = aws.run(
        {
            "Plan": task(function, Catch=[{"ErrorEquals": ["BadInput"], "Next": "Explain bad input"}]),
            "Explain bad input": {
                "Type": "Pass",
                "Parameters": {"explained.$": "States.StringToJson($.Cause)"},
                "Next": "Bad input",
            },
            "Bad input": {"Type": "Fail", "Error": "BadInput", "CausePath": "$.explained.errorMessage"},
        }
    )
    assert failed["status"] == "FAILED"
    assert (failed["error"], failed["cause"]) == ("BadInput", "line 7")


def dispatch(function: str, bucket: str, **fields: Any) -> dict[str, Any]:
    """A Distributed Map as the product's, over an index in S3."""
    return {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": bucket, "Key.$": "$.index.key"},
        },
        "ItemSelector": {"batch.$": "$.batch", "chunk.$": "$$.Map.Item.Value"},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
            "StartAt": "Work",
            "States": {"Work": task(function)},
        },
        "MaxConcurrencyPath": "$.concurrency",
        "Label": "Dispatch",
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": bucket, "Prefix": "map-runs"},
        },
        **fields,
    }


def test_a_distributed_map_reads_its_items_from_s3(aws: TinyAws) -> None:
    bucket, table = aws.bucket(), aws.table()
    aws.s3.put_object(Bucket=bucket, Key="index.json", Body=json.dumps([{"chunk": n} for n in range(5)]))
    function = aws.function(
        """
        import botocore.session, os
        def handler(event, context):
            key = {"pk": {"S": event["batch"]}, "sk": {"N": str(event["chunk"]["chunk"])}}
            botocore.session.get_session().create_client("dynamodb").put_item(TableName=os.environ["TABLE"], Item=key)
            if event["chunk"]["chunk"] == 3:
                raise ValueError("one of five")
            return {}
        """,
        Environment={"Variables": {"TABLE": table}},
    )
    given = {"batch": "b1", "index": {"key": "index.json"}, "concurrency": 2}
    tolerant = dispatch(function, bucket, ToleratedFailurePercentage=100, ResultPath=None, End=True)
    answer = aws.run({"Dispatch": tolerant}, given)
    assert answer["status"] == "SUCCEEDED"
    assert json.loads(answer["output"]) == given
    written = aws.dynamodb.scan(TableName=table)["Items"]
    assert sorted(int(item["sk"]["N"]) for item in written) == [0, 1, 2, 3, 4]
    (run,) = aws.machines.list_map_runs(executionArn=answer["executionArn"])["mapRuns"]
    counts = aws.machines.describe_map_run(mapRunArn=run["mapRunArn"])["executionCounts"]
    assert (counts["total"], counts["succeeded"], counts["failed"]) == (5, 4, 1)


def test_a_failed_map_is_caught_and_keeps_the_input(aws: TinyAws) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.dispatch_error", "Next": "Gatekeeper"}]
    states = {
        "Dispatch": dispatch("no-such-function", aws.bucket(), Catch=catch, Next="Gatekeeper"),
        "Gatekeeper": {"Type": "Pass", "End": True},
    }
    answer = aws.run(states, {"batch": "b1", "index": {"key": "nothing.json"}, "concurrency": 2})
    assert answer["status"] == "SUCCEEDED"
    output = json.loads(answer["output"])
    assert output["batch"] == "b1"
    assert output["dispatch_error"]["Error"] == "States.ItemReaderFailed"


def test_a_missing_function_is_named(aws: TinyAws) -> None:
    assert "no-such-function" in aws.run({"Work": task("no-such-function")})["cause"]


def test_an_execution_name_is_taken_once(aws: TinyAws) -> None:
    machine = aws.machines.create_state_machine(
        name="once",
        roleArn="arn:aws:iam::000000000000:role/tiny",
        definition=json.dumps({"StartAt": "Stay", "States": {"Stay": {"Type": "Pass", "End": True}}}),
    )["stateMachineArn"]
    aws.machines.start_execution(stateMachineArn=machine, name="n1", input="{}")
    with pytest.raises(ClientError) as error:
        aws.machines.start_execution(stateMachineArn=machine, name="n1", input='{"other": 1}')
    assert code_of(error) == "ExecutionAlreadyExists"

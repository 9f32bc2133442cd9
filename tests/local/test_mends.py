"""Each mend: what AWS does holds on the mended emulator, and does not on the one without the mend."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from local.emulator.mends import MENDS
from local.emulator.process import Emulator
from tests.local import (
    event_source_checks,
    restore_checks,
    test_macros,
    test_pipelines,
    test_queues,
    test_roles,
    test_state_machines,
)
from tests.local.tiny_aws import TinyAws, task

RAISES = """
    class NotReadyError(Exception):
        pass

    polls = 0

    def handler(event, context):
        global polls
        polls += 1
        if event.get("polls") and polls > event["polls"]:
            return {"polls": polls}
        raise NotReadyError(f"poll {polls}")
"""
EXITS = """
    import os, pathlib, signal, tempfile, time

    kill_who_loads_now = pathlib.Path(tempfile.gettempdir(), os.environ["AWS_LAMBDA_FUNCTION_NAME"])
    if kill_who_loads_now.exists():
        os.kill(os.getpid(), signal.SIGKILL)

    def handler(event, context):
        if event.get("sleep"):
            kill_who_loads_now.touch()
            time.sleep(event["sleep"])
            return "slept"
        os._exit(3) if event.get("exit") else os.kill(os.getpid(), signal.SIGKILL)
"""
SILENT = """
    def handler(event, context):
        if event.get("say"):
            print("said", event["say"])
        return "done"
"""


def quickest(call: Callable[[], object]) -> float:
    """Seconds of the quickest of some calls: what else the machine does must not count."""
    taken = []
    for _ in range(10):
        started = time.monotonic()
        call()
        taken.append(time.monotonic() - started)
    return min(taken)


def check_error_type(aws: TinyAws) -> None:
    """Step Functions matches Retry and Catch against the name of the exception's class."""
    function = aws.function(RAISES)
    answer = aws.invoke(function, {})
    assert answer["errorType"] == "NotReadyError"
    assert answer["errorMessage"] == "poll 1"
    caught = aws.run(
        {
            "Poll": task(function, Catch=[{"ErrorEquals": ["NotReadyError"], "Next": "Caught"}]),
            "Caught": {"Type": "Pass", "End": True},
        }
    )
    assert caught["status"] == "SUCCEEDED"
    assert json.loads(caught["output"])["Error"] == "NotReadyError"
    assert aws.invoke(aws.function("import no_such_module"), {})["errorType"] == "Runtime.ImportModuleError"
    broken = aws.invoke(aws.function("raise KeyError('LEASE_SECONDS')"), {})
    assert broken["errorType"] == "KeyError"
    assert "LEASE_SECONDS" in broken["errorMessage"]


def check_worker_exit(aws: TinyAws) -> None:
    """A worker that ends is an error of its own invocation alone."""
    function = aws.function(EXITS, Timeout=20)
    killed = aws.invoke(function, {})
    assert killed["errorType"] == "Runtime.ExitError"
    assert killed["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert aws.invoke(function, {"exit": 3})["errorMessage"].endswith("Runtime exited with error: exit status 3")
    execution = aws.start({"Sleep": task(function)}, {"sleep": 1.5})
    time.sleep(0.8)
    assert aws.invoke(function, {})["errorType"] == "Runtime.ExitError"
    assert aws.ended(execution)["status"] == "SUCCEEDED"


def check_worker_kept(aws: TinyAws) -> None:
    """An exception leaves the worker, and what its module remembers, alive."""
    function = aws.function(RAISES)
    for _ in range(3):
        aws.invoke(function, {})
    assert aws.invoke(function, {"polls": 1}) == {"polls": 4}


def check_log_wait(aws: TinyAws) -> None:
    """A silent handler answers at once, and a talking one's lines are kept."""
    function = aws.function(SILENT)
    assert aws.invoke(function, {"say": "first"}) == "done"
    assert quickest(lambda: aws.invoke(function, {})) < 0.04
    for number in range(20):
        aws.invoke(function, {"say": f"line {number}"})
    lines = [line for line in aws.emulator.handler_log.read_text().splitlines() if line.startswith(function)]
    assert [line.split(" ", 2)[2] for line in lines] == ["said first", *(f"said line {n}" for n in range(20))]
    group = f"/aws/lambda/{function}"
    events = aws.logs.filter_log_events(logGroupName=group, filterPattern='"said line 19"')["events"]
    assert [event["message"] for event in events] == ["said line 19"]


def check_layers_once(aws: TinyAws) -> None:
    """All workers import a layer from one folder, where compiled files stay."""
    layer = aws.layer({"python/tiny_layer.py": "ANSWER = 42\n"})
    source = "import tiny_layer\ndef handler(event, context): return [tiny_layer.__file__, tiny_layer.__cached__]"
    seen = [aws.invoke(aws.function(source, Layers=[layer])) for _ in range(2)]
    assert seen[0] == seen[1]
    assert aws.invoke(
        aws.function(
            "import os, tiny_layer\ndef handler(event, context): return os.path.exists(tiny_layer.__cached__)",
            Layers=[layer],
        )
    )


def check_layer_arn(aws: TinyAws) -> None:
    """A layer's versions are listed by its ARN."""
    version = aws.layer({"python/tiny_layer.py": ""})
    layer = version.rpartition(":")[0]
    for name in (layer, layer.rpartition(":")[2]):
        found = aws.functions.list_layer_versions(LayerName=name)["LayerVersions"]
        assert [one["LayerVersionArn"] for one in found] == [version]


def check_function_versions(aws: TinyAws) -> None:
    """Published versions of functions are listed where they are asked for, with the layers that they have."""
    layer = aws.layer({"python/tiny_layer.py": ""})
    function = aws.function("", Layers=[layer], Publish=True)
    aws.functions.update_function_configuration(FunctionName=function, Layers=[])

    def layers(**asked: Any) -> dict[str, list[str]]:
        pages = aws.functions.get_paginator("list_functions").paginate(**asked)
        found = [one for page in pages for one in page["Functions"] if one["FunctionName"] == function]
        return {one["FunctionArn"].partition(function)[2]: [a["Arn"] for a in one.get("Layers", [])] for one in found}

    assert layers() == {"": []}
    assert layers(FunctionVersion="ALL") == {":$LATEST": [], ":1": [layer]}


def check_retry_delay(aws: TinyAws) -> None:
    """MaxDelaySeconds caps the wait, and so does jitter from zero."""
    function = aws.function(RAISES)
    retry = {"ErrorEquals": ["NotReadyError"], "IntervalSeconds": 1, "BackoffRate": 30, "MaxAttempts": 3000}
    started = time.monotonic()
    states = {"Poll": task(function, Retry=[{**retry, "MaxDelaySeconds": 1, "JitterStrategy": "FULL"}])}
    execution = aws.start(states, {"polls": 3})
    assert aws.ended(execution, seconds=6)["status"] == "SUCCEEDED"
    assert time.monotonic() - started < 6
    waits = [event for event in aws.history(execution) if event["type"] == "TaskFailed"]
    assert len(waits) == 3
    assert {event["taskFailedEventDetails"]["error"] for event in waits} == {"NotReadyError"}


def check_stopped_execution(aws: TinyAws) -> None:
    """Once stopped, an execution retries no more and stays ABORTED."""
    function = aws.function(RAISES)
    retry = {"ErrorEquals": ["NotReadyError"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 3}
    execution = aws.start({"Poll": task(function, Retry=[retry])})
    while function not in aws.emulator.meter()["functions"]:
        time.sleep(0.05)
    time.sleep(0.3)
    aws.machines.stop_execution(executionArn=execution)
    invoked = aws.emulator.meter()["functions"][function]["invocations"]
    time.sleep(1.5)
    assert aws.emulator.meter()["functions"][function]["invocations"] == invoked
    assert aws.ended(execution)["status"] == "ABORTED"


def check_map_concurrency(aws: TinyAws) -> None:
    """MaxConcurrencyPath says how many children run at once."""
    function = aws.function("import time\ndef handler(event, context):\n    time.sleep(0.3)\n    return {}")
    states = {
        "Dispatch": {
            "Type": "Map",
            "ItemsPath": "$.chunks",
            "MaxConcurrencyPath": "$.concurrency",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "Work",
                "States": {"Work": task(function)},
            },
            "End": True,
        }
    }
    started = aws.emulator.meter()["functions"].get(function, {}).get("cold_starts", 0)
    assert aws.run(states, {"chunks": list(range(6)), "concurrency": 2})["status"] == "SUCCEEDED"
    assert aws.emulator.meter()["functions"][function]["cold_starts"] - started <= 2


def check_version_range(aws: TinyAws) -> None:
    """A range of an old version is read."""
    bucket = aws.bucket()
    aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    old, _new = (aws.s3.put_object(Bucket=bucket, Key="k", Body=body)["VersionId"] for body in (b"0123456789", b"new"))
    answer = aws.s3.get_object(Bucket=bucket, Key="k", VersionId=old, Range="bytes=3-5")
    assert answer["Body"].read() == b"345"
    assert (answer["ContentRange"], answer["VersionId"]) == ("bytes 3-5/10", old)
    with pytest.raises(ClientError, match="InvalidRange"):
        aws.s3.get_object(Bucket=bucket, Key="k", VersionId=old, Range="bytes=50-60")


def check_sort_key_range(aws: TinyAws) -> None:
    """The end of a long partition is read as quickly as that of a short one, and holds the same items."""
    table = aws.table()
    for start in range(1, 2001, 25):
        puts: list[Any] = [
            {"PutRequest": {"Item": {"pk": {"S": "long"}, "sk": {"N": str(n)}}}} for n in range(start, start + 25)
        ]
        aws.dynamodb.batch_write_item(RequestItems={table: puts})
    for number in ("-3", "7.5"):
        aws.dynamodb.put_item(TableName=table, Item={"pk": {"S": "mixed"}, "sk": {"N": number}})

    def above(pk: str, sk: str) -> list[str]:
        values: dict[str, Any] = {":pk": {"S": pk}, ":sk": {"N": sk}}
        condition = "pk = :pk AND sk > :sk"
        answer = aws.dynamodb.query(
            TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=values, ConsistentRead=True
        )
        return [item["sk"]["N"] for item in answer["Items"]]

    assert above("long", "1997") == ["1998", "1999", "2000"]
    assert above("long", "2000") == []
    assert len(above("long", "0")) == 2000
    assert (above("mixed", "-4"), above("mixed", "7.4")) == (["-3", "7.5"], ["7.5"])
    assert quickest(lambda: above("long", "1999")) < 0.015


def check_saved_queries(aws: TinyAws) -> None:
    """A stack's saved query is there as its template says, is changed in place, and goes with its stack."""
    name = f"tiny-{time.monotonic_ns()}"

    def deployed(wait: str, deploy: Callable[..., Any], text: str) -> Any:
        properties = {"Name": name, "QueryString": text, "LogGroupNames": ["/tiny"]}
        resources = {"Query": {"Type": "AWS::Logs::QueryDefinition", "Properties": properties}}
        waiter: Any = aws.stacks.get_waiter(wait)  # type: ignore[call-overload]  # one of two names
        try:
            deploy(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
            waiter.wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
        except (ClientError, WaiterError) as exc:
            raise AssertionError("the stack is not made") from exc
        return aws.logs.describe_query_definitions(queryDefinitionNamePrefix=name)["queryDefinitions"]

    (made,) = deployed("stack_create_complete", aws.stacks.create_stack, "fields @message")
    assert (made["queryString"], made["logGroupNames"]) == ("fields @message", ["/tiny"])
    (changed,) = deployed("stack_update_complete", aws.stacks.update_stack, "fields @timestamp")
    assert (changed["queryString"], changed["queryDefinitionId"]) == ("fields @timestamp", made["queryDefinitionId"])
    aws.stacks.delete_stack(StackName=name)
    aws.stacks.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    assert aws.logs.describe_query_definitions(queryDefinitionNamePrefix=name)["queryDefinitions"] == []


CHECKS: dict[str, Callable[[TinyAws], None]] = {
    "error_type": check_error_type,
    "worker_exit": check_worker_exit,
    "worker_kept": check_worker_kept,
    "log_wait": check_log_wait,
    "layers_once": check_layers_once,
    "layer_arn": check_layer_arn,
    "function_versions": check_function_versions,
    "retry_delay": check_retry_delay,
    "stopped_execution": check_stopped_execution,
    "map_concurrency": check_map_concurrency,
    "version_range": check_version_range,
    "sort_key_range": check_sort_key_range,
    "saved_queries": check_saved_queries,
}


MORE = (event_source_checks, restore_checks, test_state_machines, test_queues, test_macros, test_roles, test_pipelines)
ALL = CHECKS | {name: check for more in MORE for name, check in more.CHECKS.items()}


@pytest.fixture
def without(request: pytest.FixtureRequest) -> Iterator[TinyAws]:
    with Emulator(unmended=[request.param]) as emulator:
        yield TinyAws(emulator)


def test_every_mend_has_a_check() -> None:
    assert ALL.keys() == MENDS.keys()


@pytest.mark.parametrize("mend", ALL)
def test_mended_it_holds(aws: TinyAws, mend: str) -> None:
    ALL[mend](aws)


@pytest.mark.long
@pytest.mark.parametrize(("mend", "without"), [(name, name) for name in ALL], indirect=["without"])
def test_unmended_it_fails(mend: str, without: TinyAws) -> None:
    with pytest.raises(AssertionError):
        ALL[mend](without)

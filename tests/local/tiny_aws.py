"""Tiny functions and state machines on a local AWS, for the tests of the emulator."""

import io
import json
import textwrap
import time
import uuid
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

import boto3
from botocore.config import Config

from local.emulator.process import Emulator

ROLE = "arn:aws:iam::000000000000:role/tiny"
PATIENT = Config(retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=60, connect_timeout=5)


def zipped(files: Mapping[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, textwrap.dedent(text))
    return content.getvalue()


class TinyAws:
    """Clients of one emulator, and short ways to make and run things on it."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        settings = emulator.client_settings()
        self.functions = boto3.client("lambda", config=PATIENT, **settings)
        self.machines = boto3.client("stepfunctions", config=PATIENT, **settings)
        self.s3 = boto3.client("s3", config=PATIENT, **settings)
        self.dynamodb = boto3.client("dynamodb", config=PATIENT, **settings)
        self.logs = boto3.client("logs", config=PATIENT, **settings)
        self.kinesis = boto3.client("kinesis", config=PATIENT, **settings)
        self.sqs = boto3.client("sqs", config=PATIENT, **settings)
        self.stacks = boto3.client("cloudformation", config=PATIENT, **settings)

    def function(self, source: str, **settings: Any) -> str:
        """Make a function of `handler(event, context)` in `source`; returns its name."""
        name = f"tiny-{uuid.uuid4().hex[:8]}"
        self.functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="handler.handler",
            Role=ROLE,
            Code={"ZipFile": zipped({"handler.py": source})},
            **settings,
        )
        return name

    def layer(self, files: Mapping[str, str]) -> str:
        """Publish a layer; returns the ARN of its version."""
        answer = self.functions.publish_layer_version(
            LayerName=f"tiny-{uuid.uuid4().hex[:8]}", Content={"ZipFile": zipped(files)}
        )
        return str(answer["LayerVersionArn"])

    def invoke(self, name: str, event: Any = None) -> Any:
        """The answer's payload, whether result or error."""
        answer = self.functions.invoke(FunctionName=name, Payload=json.dumps(event))
        return json.loads(answer["Payload"].read())

    def bucket(self) -> str:
        name = f"tiny-{uuid.uuid4().hex[:8]}"
        self.s3.create_bucket(Bucket=name)
        return name

    def stream(self, *, shards: int = 1) -> tuple[str, str]:
        """Make a Kinesis stream; returns its name and ARN."""
        name = f"tiny-{uuid.uuid4().hex[:8]}"
        self.kinesis.create_stream(StreamName=name, ShardCount=shards)
        answer = self.kinesis.describe_stream_summary(StreamName=name)
        return name, str(answer["StreamDescriptionSummary"]["StreamARN"])

    def put(self, stream: str, numbers: Iterable[int], key: str = "one") -> None:
        """Put numbers into a Kinesis stream, in one request."""
        records: list[Any] = [{"Data": str(number).encode(), "PartitionKey": key} for number in numbers]
        assert self.kinesis.put_records(StreamName=stream, Records=records)["FailedRecordCount"] == 0

    def queue(self) -> tuple[str, str]:
        """Make a queue; returns its address and ARN."""
        address = self.sqs.create_queue(QueueName=f"tiny-{uuid.uuid4().hex[:8]}")["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=address, AttributeNames=["QueueArn"])["Attributes"]
        return address, attributes["QueueArn"]

    def mapping(self, function: str, source: str, **settings: Any) -> str:
        """Let a function consume a stream or a queue; returns the mapping's id."""
        if ":sqs:" not in source:
            settings.setdefault("StartingPosition", "TRIM_HORIZON")
        answer = self.functions.create_event_source_mapping(FunctionName=function, EventSourceArn=source, **settings)
        return str(answer["UUID"])

    def said(self, function: str) -> list[Any]:
        """What the function printed so far, each line read as JSON; other lines are left out."""
        lines = self.emulator.handler_log.read_text().splitlines() if self.emulator.handler_log.exists() else []
        texts = [line.split(" ", 2)[2] for line in lines if line.startswith(function)]
        return [json.loads(text) for text in texts if text[:1] in "[{"]

    def table(self, **settings: Any) -> str:
        name = f"tiny-{uuid.uuid4().hex[:8]}"
        self.dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "N"},
            ],
            BillingMode="PAY_PER_REQUEST",
            **settings,
        )
        return name

    def start(self, states: Mapping[str, Any], given: Any = None) -> str:
        """Start an execution of these states, the first one first; returns its ARN."""
        machine = self.machines.create_state_machine(
            name=f"tiny-{uuid.uuid4().hex[:8]}",
            roleArn=ROLE,
            definition=json.dumps({"StartAt": next(iter(states)), "States": states}),
        )
        execution = self.machines.start_execution(
            stateMachineArn=machine["stateMachineArn"], input=json.dumps(given or {})
        )
        return str(execution["executionArn"])

    def ended(self, execution: str, seconds: float = 30) -> Any:
        """Wait for the end; returns DescribeExecution's answer."""
        deadline = time.monotonic() + seconds
        while (answer := self.machines.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < deadline, f"{execution} still runs after {seconds} s"
            time.sleep(0.05)
        return answer

    def run(self, states: Mapping[str, Any], given: Any = None, seconds: float = 30) -> Any:
        """Run these states to the end; returns DescribeExecution's answer."""
        return self.ended(self.start(states, given), seconds)

    def history(self, execution: str) -> list[Any]:
        pages = self.machines.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]


def task(function: str, **fields: Any) -> dict[str, Any]:
    """A Lambda task that ends its state machine."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function, "Payload.$": "$"},
        "OutputPath": "$.Payload",
        "End": True,
        **fields,
    }

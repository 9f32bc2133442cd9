"""The real CDK app, deployed by the real CLI to an emulator, with the tests' own domain in the place of the sample."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from local.deployment import BATCHES_TABLE, BUCKET, STATE_MACHINE, Deployment
from local.emulator.process import Emulator
from tallygate.batch.items import read_chunk
from tallygate.batch.records import ChunkRecord
from tallygate.events import EventStore
from tallygate.events.dynamodb import DynamoDBCommitLog

PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Ended:
    """An execution that has ended."""

    status: str
    output: Mapping[str, Any]
    error: str
    cause: str
    history: list[Mapping[str, Any]]

    def states(self) -> list[str]:
        """The states that were entered, in order."""
        return [
            event["stateEnteredEventDetails"]["name"] for event in self.history if "stateEnteredEventDetails" in event
        ]

    def failures(self) -> list[str]:
        """The errors of tasks, in order."""
        return [event["taskFailedEventDetails"]["error"] for event in self.history if "taskFailedEventDetails" in event]


class App:
    """The deployed app, used as a person would."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.log = deployment.emulator.handler_log
        self.events = EventStore(DynamoDBCommitLog("tallygate-local-events", deployment.dynamodb))

    def upload(self, name: str, content: str | bytes) -> str:
        """Put a manifest into the bucket; returns its URI."""
        body = content.encode() if isinstance(content, str) else content
        self.deployment.s3.put_object(Bucket=BUCKET, Key=f"manifests/{name}", Body=body)
        return f"s3://{BUCKET}/manifests/{name}"

    def content(self, uri: str) -> bytes:
        """The content of an object."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return self.deployment.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def run(self, given: object) -> Ended:
        """Start an execution and wait for its end."""
        return self.wait(self.start(given))

    def start(self, given: object, machine: str = STATE_MACHINE) -> str:
        """Start an execution; returns its ARN."""
        return self.deployment.machines.start_execution(stateMachineArn=machine, input=json.dumps(given))[
            "executionArn"
        ]

    def wait(self, arn: str) -> Ended:
        """Wait for an execution's end."""
        machines = self.deployment.machines
        until = time.monotonic() + PATIENCE_SECONDS
        while (described := machines.describe_execution(executionArn=arn))["status"] == "RUNNING":
            assert time.monotonic() < until, f"still running; the handlers' log is {self.log}"
            time.sleep(0.1)
        pages = machines.get_paginator("get_execution_history").paginate(executionArn=arn)
        return Ended(
            status=described["status"],
            output=json.loads(described.get("output") or "{}"),
            error=described.get("error", ""),
            cause=described.get("cause", ""),
            history=[event for page in pages for event in page["events"]],
        )

    def chunk_records(self, batch: str) -> list[ChunkRecord]:
        """The chunk records of a batch of one shard, by number."""
        answer = self.deployment.dynamodb.query(
            TableName=BATCHES_TABLE,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :chunk)",
            ExpressionAttributeValues={":pk": {"S": f"batch#{batch}#0"}, ":chunk": {"S": "g0#chunk#"}},
            ConsistentRead=True,
        )
        return sorted(map(read_chunk, answer["Items"]), key=lambda record: record.i)

    def logged(self, *words: str) -> bool:
        """Whether some line of the handlers' log has all these words."""
        return any(all(word in line for word in words) for line in self.log.read_text(errors="replace").splitlines())


@pytest.fixture(scope="session")
def app() -> Iterator[App]:
    """One deployment for all tests of this folder; batches do not see one another."""
    with Emulator() as emulator:
        yield App(Deployment.make(emulator, domain="tests/e2e/domain"))

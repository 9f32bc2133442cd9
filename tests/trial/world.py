"""The deployed batch under trial: what it is asked to do, what it is disturbed with, and where to look."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from mypy_boto3_lambda import LambdaClient
from mypy_boto3_sqs import SQSClient

from local import cdk
from local.deployment import BUCKET, LOOKING_ON, PREFIX, STATE_MACHINE, WORKER, Deployment
from local.emulator.process import Emulator
from tests.trial.plan import Batch

QUEUE_WORKER = f"{PREFIX}-work_queued"
WORKERS = {"map": WORKER, "queue": QUEUE_WORKER}
QUEUE = f"{PREFIX}-chunks"
POLL_SECONDS = 0.5
ITEM_CONCURRENCY = 20


@dataclass(frozen=True)
class Ended:
    """An execution that has ended."""

    status: str
    output: Mapping[str, Any]
    trouble: str


@dataclass(frozen=True)
class World:
    """The app on an emulator.

    Parameters
    ----------
    deployment : Deployment
    switch : Path
        What the domain's items read: see domain/take.py.
    """

    deployment: Deployment
    switch: Path

    @property
    def emulator(self) -> Emulator:
        return self.deployment.emulator

    @cached_property
    def functions(self) -> LambdaClient:
        return boto3.client("lambda", config=LOOKING_ON, **self.emulator.client_settings())

    @cached_property
    def queues(self) -> SQSClient:
        return boto3.client("sqs", config=LOOKING_ON, **self.emulator.client_settings())

    @cached_property
    def queue_url(self) -> str:
        return self.queues.get_queue_url(QueueName=QUEUE)["QueueUrl"]

    def tell(self, **modes: str) -> None:
        """Turn the switch of some batches; a name's `_` stands for `-`."""
        now = json.loads(self.switch.read_text()) | {name.replace("_", "-"): mode for name, mode in modes.items()}
        beside = self.switch.with_suffix(".new")
        beside.write_text(json.dumps(now))
        beside.replace(self.switch)

    def upload(self, batch: Batch) -> dict[str, Any]:
        """Put the manifest into the bucket; returns the input of its execution."""
        key = f"manifests/{batch.name}.csv"
        self.deployment.s3.put_object(Bucket=BUCKET, Key=key, Body=batch.csv().encode())
        return {
            "manifest": f"s3://{BUCKET}/{key}",
            "name": batch.name,
            "chunk_size": batch.chunk_size,
            "item_concurrency": ITEM_CONCURRENCY,
            "dispatch": batch.dispatch,
            "deadline_minutes": 60,
            **({"concurrency": 4} if batch.dispatch == "map" else {}),
        }

    def start(self, given: Mapping[str, Any]) -> str:
        """Start an execution; returns its ARN."""
        machines = self.deployment.machines
        return machines.start_execution(stateMachineArn=STATE_MACHINE, input=json.dumps(given))["executionArn"]

    def wait(self, arn: str, seconds: float) -> Ended:
        """Wait for the end of an execution, and of those that go on in its place. Raises TimeoutError."""
        until = time.monotonic() + seconds
        while (found := self.deployment.machines.describe_execution(executionArn=arn))["status"] == "RUNNING":
            if time.monotonic() > until:
                raise TimeoutError(f"{arn} is still running after {seconds:.0f} s")
            time.sleep(POLL_SECONDS)
        output = json.loads(found.get("output") or "{}")
        if "continued" in output:
            return self.wait(output["continued"]["continued_as"], until - time.monotonic())
        return Ended(found["status"], output, f"{found.get('error', '')} {found.get('cause', '')}".strip())

    def run(self, given: Mapping[str, Any], seconds: float) -> Ended:
        """Start an execution and wait for its end."""
        return self.wait(self.start(given), seconds)

    def entered(self, arn: str, state: str) -> bool:
        """Whether an execution has come to a state."""
        pages = self.deployment.machines.get_paginator("get_execution_history").paginate(executionArn=arn)
        events = (event for page in pages for event in page["events"])
        return any(event.get("stateEnteredEventDetails", {}).get("name") == state for event in events)

    def send(self, task: Mapping[str, Any], dispatch: str) -> None:
        """Hand a chunk to a worker, as the dispatch itself does."""
        body = json.dumps(task, separators=(",", ":"))
        if dispatch == "queue":
            self.queues.send_message(QueueUrl=self.queue_url, MessageBody=body)
        else:
            self.functions.invoke(FunctionName=WORKER, InvocationType="Event", Payload=body.encode())

    def deploy(self, domain: Path) -> None:
        """Deploy another domain, as `cdk deploy` would."""
        with cdk.assembly_lock():
            cdk.synth(self.emulator, context={"domain": str(domain)})
            cdk.deploy(self.emulator)

    def kills(self) -> dict[str, int]:
        """How many workers were killed, by function."""
        counted = self.emulator.meter()["functions"]
        return {name.removeprefix(f"{PREFIX}-"): int(c["kills"]) for name, c in counted.items() if c.get("kills")}

    def logged(self, *words: str) -> int:
        """How many lines of the handlers' log have all these words."""
        lines = self.emulator.handler_log.read_text(errors="replace").splitlines()
        return sum(all(word in line for word in words) for line in lines)

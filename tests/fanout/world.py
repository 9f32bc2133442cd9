"""The deployed fan-out under trial: what it is disturbed with, what it is asked to do, and what is read back."""

import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from mypy_boto3_events import EventBridgeClient
from mypy_boto3_lambda import LambdaClient
from mypy_boto3_sqs import SQSClient

from local import cdk
from local.demo.read_models import ReadModels, read_back
from local.deployment import COMMIT_STREAM, EVENTS_TABLE, LOOKING_ON, OUTBOX_BUS, PREFIX, VIEWS_TABLE, Deployment
from local.emulator.process import Emulator
from local.faults.wire import WireFaults
from local.view_truth import Views
from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.events import EventStore
from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.projections.dynamodb import DynamoDBRows
from tallygate.projections.dynamodb_notes import DynamoDBNotes
from tallygate.projections.lambda_sweeps import LambdaSweeps
from tallygate.projections.operations import Operations
from tests.fanout.flights import Row, append

KILLED = ("relay", "project-fleet-1", "project-routes-1", "effect-cancellations")
KILL_EVERY_SECONDS = (2.0, 8.0)
TWICE, SHUFFLED, DROPPED, FAILED = 0.10, 0.10, 0.05, 0.05


@dataclass(frozen=True)
class World:
    """The app on an emulator.

    Parameters
    ----------
    deployment : Deployment
    wire : WireFaults
        Before DynamoDB, for the functions and for who appends.
    """

    deployment: Deployment
    wire: WireFaults

    @property
    def emulator(self) -> Emulator:
        return self.deployment.emulator

    @cached_property
    def sweeps(self) -> LambdaClient:
        return boto3.client(
            "lambda", config=aws.config(read_timeout=300, attempts=1), **self.emulator.client_settings()
        )

    @cached_property
    def queues(self) -> SQSClient:
        return boto3.client("sqs", config=LOOKING_ON, **self.emulator.client_settings())

    @cached_property
    def bus(self) -> EventBridgeClient:
        return boto3.client("events", config=LOOKING_ON, **self.emulator.client_settings())

    @cached_property
    def operations(self) -> Operations:
        client = self.deployment.dynamodb
        return Operations(
            lambda id: DynamoDBRows(VIEWS_TABLE, id, client),
            DynamoDBNotes(VIEWS_TABLE, client),
            LambdaSweeps(PREFIX, self.sweeps),
        )

    def store(self) -> EventStore:
        """The event store behind the faulty wire."""
        settings = {**self.emulator.client_settings(), "endpoint_url": self.wire.endpoint}
        return EventStore(DynamoDBCommitLog(EVENTS_TABLE, boto3.client("dynamodb", config=aws.config(), **settings)))

    def deploy(self, domain: Path) -> None:
        """Deploy another domain, as `cdk deploy` would."""
        with cdk.assembly_lock():
            cdk.synth(self.emulator, context={"domain": str(domain)})
            cdk.deploy(self.emulator)

    def listen(self) -> str:
        """Let a queue hear what is sent to the outbox's bus; returns its URL."""
        url = self.queues.create_queue(QueueName="heard")["QueueUrl"]
        arn = self.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = json.dumps({"source": ["tallygate.cancellations"]})
        self.bus.put_rule(Name="heard", EventBusName=OUTBOX_BUS, EventPattern=pattern)
        self.bus.put_targets(Rule="heard", EventBusName=OUTBOX_BUS, Targets=[{"Id": "heard", "Arn": arn}])
        return url

    def heard(self, url: str) -> list[dict[str, Any]]:
        """Take all messages from the queue."""
        messages: list[dict[str, Any]] = []
        while answer := self.queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            messages += [json.loads(message["Body"])["detail"] for message in answer]
            for message in answer:
                self.queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return messages

    @contextmanager
    def disturbed(self, seed: int) -> Iterator[None]:
        """Deliveries twice, out of order and lost; faults on the wire; consumers killed."""
        self.emulator.set_worker_environment(AWS_ENDPOINT_URL_DYNAMODB=self.wire.endpoint)
        self.emulator.disturb_deliveries(COMMIT_STREAM, seed=seed, twice=TWICE, shuffled=SHUFFLED, dropped=DROPPED)
        done = threading.Event()
        killer = threading.Thread(target=self._kill, args=(random.Random(seed), done), daemon=True)
        killer.start()
        try:
            yield
        finally:
            done.set()
            killer.join()
            self.emulator.disturb_deliveries(COMMIT_STREAM)

    def sweep(self, consumers: Sequence[str], seconds: float) -> None:
        """Sweep each consumer until a whole sweep finds nothing missing."""
        until = Deadline.after(seconds)
        with ThreadPoolExecutor(len(consumers)) as pool:
            list(pool.map(lambda consumer: self.operations.rebuild(consumer, until), consumers))

    @contextmanager
    def writing(self, rows: Sequence[Row]) -> Iterator[None]:
        """Append flights in the background meanwhile, 50 a second; wait for the last one at the end."""
        gate = threading.Semaphore(0)
        done = threading.Event()

        def open_gate() -> None:
            while not done.wait(0.02):
                gate.release()

        clock = threading.Thread(target=open_gate, daemon=True)
        writer = threading.Thread(target=append, args=(self.store(), rows, gate.acquire), daemon=True)
        clock.start()
        writer.start()
        try:
            yield
        finally:
            writer.join()
            done.set()
            clock.join()

    def behind(self, consumer: str) -> int:
        """How many streams a consumer has not come to the head of."""
        models = read_back(self.deployment, {}, 0)
        rows = models.rows.get(consumer, {})
        streams = {stream for stream in models.heads if stream.startswith("aircraft-")}
        return sum(stream not in rows or rows[stream].version < models.heads[stream] for stream in streams)

    def views(self, truth: Views, patience: float = 60.0) -> ReadModels:
        """The views, as soon as they are at the heads of their streams."""
        return read_back(self.deployment, truth, patience)

    def drained(self, seconds: float) -> None:
        """Wait until consumers have nothing more to do, as far as invocations tell."""
        until = time.monotonic() + seconds
        before = -1
        while time.monotonic() < until and (now := self._invocations()) != before:
            before = now
            time.sleep(3)

    def _invocations(self) -> int:
        counted = self.emulator.meter()["functions"]
        return sum(int(counts.get("invocations", 0)) for name, counts in counted.items() if "slow" not in name)

    def _kill(self, dice: random.Random, done: threading.Event) -> None:
        while not done.wait(dice.uniform(*KILL_EVERY_SECONDS)):
            self.emulator.kill_workers(f"{PREFIX}-{dice.choice(KILLED)}")

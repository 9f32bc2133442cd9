"""One batch on the deployed app: how long it took, and everything that was counted of it."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from bench.batch import counted
from bench.batch.receipt import Receipt
from bench.batch.trials import ITEM_CONCURRENCY, Trial, manifest
from local.demo.batch_run import children, transitions
from local.deployment import BUCKET, PREFIX, STATE_MACHINE, WORKER, Deployment
from tallygate.batch.cost.batch_shape import BatchShape

PATIENCE_SECONDS = 300
POLL_SECONDS = 0.1
QUEUE_WORKER = f"{PREFIX}-work_queued"
LEASE_SECONDS, MEMORY_MB = 5, 256  # of the local environment


class BatchFailedError(RuntimeError):
    """An execution did not succeed, or items are not ok. The message has what it said."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A batch that has ended with every item ok.

    Parameters
    ----------
    trial : Trial
    chunks : int
    seconds : float
        From the start of the execution to its end.
    working_seconds : float
        From the end of plan to the beginning of the report.
    polls : int
        Calls of the gatekeeper that found it not ready.
    cold_workers : int
        Processes that were started for its chunks.
    receipt : Receipt
    """

    trial: Trial
    chunks: int
    seconds: float
    working_seconds: float
    polls: int
    cold_workers: int
    receipt: Receipt

    @property
    def per_second(self) -> float:
        """Items a second, from the execution's start to its end."""
        return self.trial.items / self.seconds

    @property
    def units_per_item(self) -> float:
        """DynamoDB units, written and read."""
        return self.receipt.counted.units / self.trial.items

    def to_json(self) -> dict[str, Any]:
        """For the file of results."""
        counted_, modelled = self.receipt.calls
        told: dict[str, Any] = msgspec.to_builtins(self)
        return told | {
            "modelled": msgspec.to_builtins(self.receipt.modelled),
            "per_second": self.per_second,
            "units_per_item": self.units_per_item,
            "counted_dollars": counted_.total,
            "modelled_dollars": modelled.total,
            "apart": self.receipt.apart,
        }


def run(deployment: Deployment, trial: Trial) -> Run:
    """Upload, start, wait, count. Raises `BatchFailedError`."""
    key = f"manifests/{trial.name}.csv"
    deployment.s3.put_object(Bucket=BUCKET, Key=key, Body=manifest(trial.items))
    deployment.emulator.reset_meter()
    began = time.monotonic()
    execution, output = _ended(deployment, trial.given(f"s3://{BUCKET}/{key}"))
    seconds = time.monotonic() - began
    if output["ok"] != trial.items:
        raise BatchFailedError(f"{trial.name}: {output['ok']} of {trial.items} items are ok")
    meter, history = deployment.emulator.meter(), transitions(deployment, execution)
    started = children(deployment, execution)
    messages = int(meter["functions"].get(QUEUE_WORKER, {}).get("invocations", 0))
    cold = counted.cold_starts(meter, WORKER, QUEUE_WORKER)
    chunks = _chunks(deployment, trial.name)
    used = counted.calls(meter, history.transitions, started, messages)
    return Run(
        trial=trial,
        chunks=chunks,
        seconds=seconds,
        working_seconds=_working_seconds(deployment, execution),
        polls=history.not_ready,
        cold_workers=cold,
        receipt=Receipt(used, shape(trial, chunks, cold_workers=cold, polls=history.not_ready)),
    )


def shape(trial: Trial, chunks: int, *, cold_workers: int, polls: float) -> BatchShape:
    """What the model is told of a trial.

    That is what was asked for, and two figures that this machine decides: how many processes were started, and how
    often the gatekeeper asked before all was done.
    """
    return BatchShape(
        items=trial.items,
        chunks=chunks,
        dispatch=trial.dispatch,
        concurrency=trial.concurrency,
        item_concurrency=ITEM_CONCURRENCY,
        item_seconds=trial.milliseconds / 1000,
        memory_mb=MEMORY_MB,
        lease_seconds=LEASE_SECONDS,
        cold_workers=cold_workers,
        polls=polls,
    )


def _ended(deployment: Deployment, given: Mapping[str, object]) -> tuple[str, Mapping[str, Any]]:
    machines = deployment.machines
    execution = machines.start_execution(stateMachineArn=STATE_MACHINE, input=json.dumps(given))["executionArn"]
    until = time.monotonic() + PATIENCE_SECONDS
    while (described := machines.describe_execution(executionArn=execution))["status"] == "RUNNING":
        if time.monotonic() > until:
            raise BatchFailedError(f"{given['name']} still runs after {PATIENCE_SECONDS} s")
        time.sleep(POLL_SECONDS)
    if described["status"] != "SUCCEEDED":
        said = f"{described.get('error', described['status'])}: {described.get('cause', '')}"
        raise BatchFailedError(f"{given['name']}: {said}; the handlers' log is {deployment.emulator.handler_log}")
    return execution, json.loads(described["output"])


def _chunks(deployment: Deployment, batch: str) -> int:
    key = {"pk": {"S": f"batch#{batch}#0"}, "sk": {"S": "g0#manifest"}}
    item = deployment.dynamodb.get_item(TableName=f"{PREFIX}-batches", Key=key, ConsistentRead=True)["Item"]
    return int(item["chunks"]["N"])


def _working_seconds(deployment: Deployment, execution: str) -> float:
    pages = deployment.machines.get_paginator("get_execution_history").paginate(executionArn=execution)
    events = [event for page in pages for event in page["events"]]
    ended = next(event["timestamp"] for event in events if event["type"] == "TaskStateExited")  # plan's
    report = next(
        event["timestamp"] for event in events if event.get("stateEnteredEventDetails", {}).get("name") == "Report"
    )
    return (report - ended).total_seconds()

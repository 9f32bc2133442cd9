"""One execution of the batch state machine: started as from the console, watched, and its history counted."""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.deployment import BATCHES_TABLE, EVENTS_TABLE, STATE_MACHINE, Deployment

POLL_SECONDS = 0.25
CHUNKS_EVERY = 8
"""Chunk records are counted once in so many polls: a scan of the table, however short, takes the emulator's time."""


class BatchFailedError(RuntimeError):
    """The execution did not succeed. The message has its error and cause."""


@dataclass(frozen=True, kw_only=True)
class BatchRun:
    """An execution that has succeeded."""

    execution: str
    output: Mapping[str, Any]
    seconds: float


def run(deployment: Deployment, given: Mapping[str, Any], update: Callable[[int, str], None]) -> BatchRun:
    """Start an execution and wait for its end; tell `update` the items done and the chunk records written.

    Raises BatchFailedError.
    """
    started = time.monotonic()
    execution = deployment.machines.start_execution(stateMachineArn=STATE_MACHINE, input=json.dumps(given))
    arn = execution["executionArn"]
    polls = chunks = 0
    while (description := deployment.machines.describe_execution(executionArn=arn))["status"] == "RUNNING":
        if polls % CHUNKS_EVERY == 0:
            chunks = chunk_records(deployment)
        polls += 1
        update(commits(deployment), f"{chunks} chunk records")
        time.sleep(POLL_SECONDS)
    seconds = time.monotonic() - started
    if description["status"] != "SUCCEEDED":
        error, cause = description.get("error", description["status"]), description.get("cause", "")
        raise BatchFailedError(f"the batch failed: {error}: {cause}")
    return BatchRun(execution=arn, output=json.loads(description["output"]), seconds=seconds)


def commits(deployment: Deployment) -> int:
    """Return how many writes to the events table have succeeded; nearly the number of items done."""
    puts = deployment.emulator.meter()["tables"].get(EVENTS_TABLE, {}).get("PutItem", {})
    return int(puts.get("calls", 0) - puts.get("failed_conditions", 0))


def chunk_records(deployment: Deployment) -> int:
    """Count the chunk records of all batches in the table."""
    pages = deployment.dynamodb.get_paginator("scan").paginate(
        TableName=BATCHES_TABLE,
        Select="COUNT",
        FilterExpression="contains(sk, :chunk)",
        ExpressionAttributeValues={":chunk": {"S": "#chunk#"}},
    )
    return sum(page["Count"] for page in pages)


@dataclass(frozen=True, kw_only=True)
class Transitions:
    """What the history tells.

    `transitions` is what AWS would bill: each state entered, each retry, and each child of the map that was started.
    """

    transitions: int
    not_ready: int


def transitions(deployment: Deployment, execution: str) -> Transitions:
    """Count the history of an execution."""
    pages = deployment.machines.get_paginator("get_execution_history").paginate(executionArn=execution)
    events: list[Mapping[str, Any]] = [event for page in pages for event in page["events"]]
    types = Counter(event["type"] for event in events)
    entered = sum(count for name, count in types.items() if name.endswith("StateEntered"))
    retries = types["TaskScheduled"] - types["TaskStateEntered"]
    errors = Counter(event.get("taskFailedEventDetails", {}).get("error") for event in events)
    return Transitions(
        transitions=entered + retries + children(deployment, execution), not_ready=errors["NotReadyError"]
    )


def children(deployment: Deployment, execution: str) -> int:
    """Count the child executions that the execution's Distributed Map started."""
    runs = deployment.machines.list_map_runs(executionArn=execution)["mapRuns"]
    described = (deployment.machines.describe_map_run(mapRunArn=run["mapRunArn"]) for run in runs)
    return sum(answer["executionCounts"]["total"] for answer in described)

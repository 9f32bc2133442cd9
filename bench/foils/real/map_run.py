"""The Distributed Map on the emulator: its own map run, real function processes, some of which are killed."""

import io
import json
import time
import zipfile
from typing import Any

import boto3

from bench.foils.distributed_map import DistributedMap
from bench.foils.ids import ids
from bench.foils.judge import Judge
from bench.foils.outcome import Outcome
from bench.foils.simulated.map_run import TRANSITIONS
from local.emulator.process import ACCOUNT, Emulator

ROLE = f"arn:aws:iam::{ACCOUNT}:role/foils"
FUNCTION = "foils-work"
SOURCE = """
import time


def handler(item, _context):
    time.sleep(0.02)
    return {}
"""
CONCURRENCY = 4
KILLS = {100: 0.01, 300: 0.01, 500: 0.01}
PATIENCE_SECONDS = 180.0


def perform_map(items: int) -> Outcome:
    """Run the map state on an emulator of its own."""
    with Emulator() as emulator:
        settings = emulator.client_settings()
        machines = boto3.client("stepfunctions", **settings)
        function = _function(boto3.client("lambda", **settings))
        definition = DistributedMap.definition(function, concurrency=CONCURRENCY)
        machine = machines.create_state_machine(name="foils", roleArn=ROLE, definition=json.dumps(definition))
        emulator.kill_workers(FUNCTION, at=KILLS)
        started = time.monotonic()
        execution = machines.start_execution(
            stateMachineArn=machine["stateMachineArn"], input=json.dumps({"items": ids(items)})
        )["executionArn"]
        ended = _ended(machines, execution)
        (listed,) = machines.list_map_runs(executionArn=execution)["mapRuns"]
        run = machines.describe_map_run(mapRunArn=listed["mapRunArn"])
        calls = emulator.meter()
    judge = Judge(items)
    if ended and DistributedMap.finished(run):
        judge.worked.update(ids(items))  # its map run ends when every child has, and a child when its item is done
        judge.told(time.monotonic() - started)
    invocations = int(calls["functions"][FUNCTION]["invocations"])
    return Outcome(
        design=DistributedMap.name,
        where="emulator",
        items=items,
        counted=DistributedMap.counted(run),
        finish=judge.finish,
        seconds=judge.told_after,
        calls={"Invoke": invocations},
        retries=invocations - items,
        refused={},
        write=0.0,
        read=0.0,
        transitions=TRANSITIONS[DistributedMap.child] * items + invocations - items,
        crashes=invocations - items,
    )


def _function(functions: Any) -> str:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("handler.py", SOURCE)
    answer = functions.create_function(
        FunctionName=FUNCTION,
        Runtime="python3.11",
        Handler="handler.handler",
        Role=ROLE,
        Code={"ZipFile": content.getvalue()},
    )
    return str(answer["FunctionArn"])


def _ended(machines: Any, execution: str) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if machines.describe_execution(executionArn=execution)["status"] != "RUNNING":
            return True
        time.sleep(0.2)
    return False

"""A batch whose gatekeeper broke is redriven as from the console, when that is mended: nothing is lost."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from mypy_boto3_lambda import LambdaClient

from local.deployment import GATEKEEPER, STATE_MACHINE
from tallygate.batch.records import Outcome
from tests.e2e.conftest import App
from tests.e2e.domain import acts

pytestmark = pytest.mark.e2e
ITEMS, CHUNK_SIZE = 23, 5
NO_TABLE = "tallygate-local-no-such-table"


@pytest.fixture
def functions(app: App) -> LambdaClient:
    return boto3.client("lambda", **app.deployment.emulator.client_settings())


@pytest.fixture
def mend(functions: LambdaClient) -> Iterator[Callable[[], None]]:
    """Break the gatekeeper: its table does not exist. What it gives mends it again; so does the test's end."""
    right = functions.get_function_configuration(FunctionName=GATEKEEPER)["Environment"]["Variables"]

    def configure(variables: dict[str, str]) -> None:
        functions.update_function_configuration(FunctionName=GATEKEEPER, Environment={"Variables": variables})

    configure({**right, "BATCHES_TABLE": NO_TABLE})
    yield lambda: configure(right)
    configure(right)


def described(app: App, execution: str) -> Any:
    """DescribeExecution's answer, once it runs no more."""
    until = time.monotonic() + 60
    while (answer := app.deployment.machines.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < until, f"still running; the handlers' log is {app.log}"
        time.sleep(0.1)
    return answer


def entered(app: App, execution: str) -> list[str]:
    pages = app.deployment.machines.get_paginator("get_execution_history").paginate(executionArn=execution)
    events = [event for page in pages for event in page["events"]]
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def test_a_batch_whose_gatekeeper_broke_goes_on_when_it_is_redriven(app: App, mend: Callable[[], None]) -> None:
    machines, before = app.deployment.machines, app.events.load(acts.COUNTER, "all").state
    lines = "".join(f"item-{n},{'refuse' if n == 7 else 'ok'}\n" for n in range(ITEMS))
    given = {"manifest": app.upload("redrive.csv", f"id,act\n{lines}"), "chunk_size": CHUNK_SIZE, "concurrency": 2}
    execution = machines.start_execution(stateMachineArn=STATE_MACHINE, input=json.dumps(given))["executionArn"]

    failed = described(app, execution)
    assert (failed["status"], failed["redriveStatus"]) == ("FAILED", "REDRIVABLE")
    assert failed["error"] not in ("NotReadyError", "DeadlinePassed"), "a fault is no patience"
    assert NO_TABLE in failed["cause"] or "ResourceNotFoundException" in failed["error"]
    assert entered(app, execution)[-1] == "Gatekeeper"
    records = app.chunk_records(failed["name"])
    assert {record.outcome for record in records} == {Outcome.DONE}

    mend()
    machines.redrive_execution(executionArn=execution)
    ended = described(app, execution)
    assert (ended["status"], ended["redriveCount"]) == ("SUCCEEDED", 1)
    assert (ended["executionArn"], ended["name"], json.loads(ended["input"])) == (execution, failed["name"], given)
    report = json.loads(ended["output"])
    assert report["batch"] == failed["name"]
    assert (report["items"], report["ok"], report["failed"], report["abandoned"]) == (ITEMS, ITEMS - 1, 1, 0)
    assert app.events.load(acts.COUNTER, "all").state - before == ITEMS - 1
    assert app.chunk_records(failed["name"]) == records, "what was recorded stays as it was"
    states = entered(app, execution)
    assert [states.count(name) for name in ("Plan", "Dispatch", "Gatekeeper", "ForceGatekeeper")] == [1, 1, 1, 0]

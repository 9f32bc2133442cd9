"""Every function against an AWS that accepts connections and never answers: it ends by itself, before its timeout."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from bench.clients.stuck import stuck_server
from tallygate.batch.chunk import Chunk
from tests.infra.synthesis import ROOT
from tests.observability.handlers import VARIABLES
from tests.unit.relay.stream_records import commit, inserted

PROGRAM = """
import importlib, json, sys, time
name, event, seconds = sys.argv[1], json.loads(sys.argv[2]), float(sys.argv[3])
handler = importlib.import_module(f"lambdas.{name}.handler").handler
from tests.unit.relay.test_handler import Context
began, outcome = time.monotonic(), ""
try:
    outcome = json.dumps(handler(event, Context(seconds)))
except Exception as exc:
    outcome = type(exc).__name__
print(json.dumps({"seconds": time.monotonic() - began, "outcome": outcome}))
"""
BATCH = {"batch": "b", "generation": 0}
CHUNK = {**BATCH, "chunk": Chunk(i=0, start=0, end=10, line=1, items=1).to_json()}
EXECUTION = {"name": "e", "started": "2026-11-21T12:00:00.000Z"}
KINESIS = {"kinesis": {"sequenceNumber": "1", "partitionKey": "aircraft-N1", "data": "AAAA"}}
HANDED_BACK = '{"batchItemFailures": [{"itemIdentifier": "1"}]}'


@dataclass(frozen=True)
class Stalled:
    """What a function is given, its time, and how it must end within how much of it."""

    event: Any
    timeout: float
    outcome: str
    within: float
    consumer: str = ""


FUNCTIONS = {
    "plan": Stalled({"input": {"manifest": "s3://bucket/k.csv", "worker": "logbook"}, "execution": EXECUTION}, 900,
                    "Unavailable", 60),
    "send": Stalled(BATCH, 300, "Unavailable", 45),
    "gatekeeper": Stalled(BATCH, 60, "Unavailable", 45),
    "report": Stalled(BATCH, 900, "Unavailable", 45),
    "work": Stalled(CHUNK, 60, "Unavailable", 45),
    "work_queued": Stalled({"Records": [{"messageId": "1", "body": json.dumps(CHUNK)}]}, 60, HANDED_BACK, 45),
    "relay": Stalled({"Records": [inserted(commit(1), "1")]}, 14, HANDED_BACK, 13),
    "project": Stalled({"Records": [KINESIS]}, 14, HANDED_BACK, 13, "fleet-1"),
    "effect": Stalled({"Records": [KINESIS]}, 14, HANDED_BACK, 13, "cancellations"),
    "sweep": Stalled({}, 20, "Unavailable", 19, "fleet-1"),
}  # fmt: skip


@pytest.fixture(scope="module")
def ended() -> Iterator[dict[str, dict[str, Any]]]:
    """All at once, each in a process of its own."""
    with stuck_server() as (endpoint, _), ThreadPoolExecutor(len(FUNCTIONS)) as pool:
        yield dict(zip(FUNCTIONS, pool.map(lambda name: run(name, endpoint), FUNCTIONS), strict=True))


def run(name: str, endpoint: str) -> dict[str, Any]:
    given = FUNCTIONS[name]
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    variables = {"PYTHONPATH": f"{ROOT / 'layers'}:{ROOT}", "AWS_ENDPOINT_URL": endpoint, "CONSUMER": given.consumer}
    bus = {"EVENT_BUS": "outbox"} if name == "effect" else {}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, json.dumps(given.event), str(given.timeout)],
        cwd=ROOT,
        env={**ours, **VARIABLES, "QUEUE_URL": f"{endpoint}/q", "POWERTOOLS_SERVICE_NAME": name, **variables, **bus},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.long
@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_gives_up_before_the_platform_does(name: str, ended: dict[str, dict[str, Any]]) -> None:
    given, found = FUNCTIONS[name], ended[name]
    assert found["outcome"] == given.outcome
    assert found["seconds"] < given.within < given.timeout


def test_every_function_is_tried() -> None:
    of_deployments = {"latest_layer", "use_latest"}  # their own tests: tests/unit/layer_versions
    assert set(FUNCTIONS) | of_deployments == {path.parent.name for path in (ROOT / "lambdas").glob("*/handler.py")}

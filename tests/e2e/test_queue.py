"""Batches dispatched by queue, on the deployed app: Lambda feeds workers, and a process outside works beside them."""

import os
import signal
import subprocess
import sys

import pytest

from local.deployment import BATCHES_TABLE, BUCKET, EVENTS_TABLE, PREFIX
from local.emulator.process import ACCOUNT, REGION, without_aws
from local.paths import ROOT
from tests.e2e.conftest import App
from tests.e2e.domain import acts

pytestmark = pytest.mark.e2e


def manifest(*acts: str) -> str:
    return "id,act\n" + "".join(f"item-{n},{act}\n" for n, act in enumerate(acts))


def counted(app: App) -> int:
    return app.events.load(acts.COUNTER, "all").state


def test_a_batch_by_queue_is_exact_and_its_redrive_may_take_the_map(app: App) -> None:
    before = counted(app)
    acts_ = ["ok"] * 12 + ["refuse the first time"] + ["ok"] * 12
    given = {
        "manifest": app.upload("queue.csv", manifest(*acts_)),
        "name": "queued",
        "chunk_size": 5,
        "dispatch": "queue",
    }
    first = app.run(given)
    assert first.states()[:4] == ["Plan", "What next?", "Send", "Gatekeeper"]
    assert (first.output["status"], first.output["ok"], first.output["failed"]) == ("partial", 24, 1)
    second = app.run({"redrive": "queued", "dispatch": "map"})
    assert "Dispatch" in second.states()
    assert (second.output["status"], second.output["batch_ok"]) == ("complete", 25)
    assert counted(app) - before == 25
    assert app.logged('"service":"work_queued"', '"batch":"queued"', '"attempt":"won"')


def test_a_process_outside_lambda_takes_chunks_too_and_leaves_well(app: App) -> None:
    before = counted(app)
    worker = outside(app)
    try:
        given = {
            "manifest": app.upload("outside.csv", manifest(*["ok then sleep 0.5"] * 60)),
            "name": "outside",
            "chunk_size": 3,
            "item_concurrency": 1,
            "dispatch": "queue",
        }
        ended = app.run(given)
    finally:
        worker.send_signal(signal.SIGTERM)
        _, log = worker.communicate(timeout=60)
    assert (ended.output["status"], ended.output["ok"]) == ("complete", 60)
    assert counted(app) - before == 60
    assert worker.returncode == 0
    assert b"chunk attempted" in log, log.decode()[-3000:]


def outside(app: App) -> subprocess.Popen[bytes]:
    """`python -m tallygate.batch work`, as in a container."""
    emulator = app.deployment.emulator
    queue = f"{emulator.endpoint}/{ACCOUNT}/{PREFIX}-chunks"
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tallygate.batch",
            "work",
            "--queue-url",
            queue,
            "--workers",
            "tests.e2e.domain:WORKERS",
        ],
        env={
            **without_aws(os.environ),
            **emulator.environment(),
            "PYTHONPATH": f"{ROOT / 'layers'}:{ROOT}",
            "BATCHES_TABLE": BATCHES_TABLE,
            "BATCHES_BUCKET": BUCKET,
            "EVENTS_TABLE": EVENTS_TABLE,
            "EVENTS_EPOCH": "1",
            "OVERFLOW_BUCKET": f"{PREFIX}-overflow-{ACCOUNT}-{REGION}",
            "LEASE_SECONDS": "5",
        },
        stderr=subprocess.PIPE,
    )

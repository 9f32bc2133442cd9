"""The smoke test on the deployed app, as `make smoke` runs it: the tests' own domain knows nothing of it."""

import json
import os
import subprocess
import sys

import pytest

from local.emulator.process import without_aws
from local.paths import ROOT
from tests.e2e.conftest import App

pytestmark = pytest.mark.e2e


def smoke(app: App, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tallygate.smoke", *arguments]
    env = without_aws(os.environ) | app.deployment.emulator.environment() | {"PYTHONPATH": str(ROOT / "layers")}
    return subprocess.run(command, env=env | variables, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_deployed_app_is_exact(app: App) -> None:
    done = smoke(app, "--environment", "local", "--items", "60", "--streams", "5", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["items"], told["streams"], told["chunks"]) == (60, 5, 8)
    records = app.chunk_records(told["batch"])
    assert sum(record.ok for record in records) == 60


def test_a_batch_that_does_not_end_in_time_is_named_with_its_state(app: App) -> None:
    done = smoke(app, "--environment", "local", "--items", "20", "--minutes", "0.001")
    assert (done.returncode, done.stdout) == (1, "")
    assert "is still running, in state '" in done.stderr


def test_another_environment_is_not_there(app: App) -> None:
    done = smoke(app, "--environment", "prod")
    assert done.returncode == 1
    assert "there is no environment 'prod' in this account and Region" in done.stderr

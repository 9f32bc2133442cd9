"""The trial of the deployed batch, small: `make e2e-faults` runs all of it."""

import os
import subprocess
import sys

import pytest

from local.paths import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.long]


def test_a_poisoned_batch_started_twice_under_faults_is_exact() -> None:
    """One item raises, workers are killed, answers lost, chunks sent again: the judge finds nothing."""
    command = [sys.executable, "-m", "tests.trial", "--items", "600", "--seed", "1", "--only", "map", "--no-killer"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "layers")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1].endswith("exact")

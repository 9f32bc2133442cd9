"""The demo itself, with real flights and real faults."""

import json
import subprocess
import sys

import pytest

from local.paths import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_the_demo_is_exact_under_faults_on_hot_streams() -> None:
    """Writes answered 500, answers lost after the write, workers killed, 16 streams for all items."""
    command = [sys.executable, "-m", "local.demo", "--items", "600", "--hot", "--faults", "--seed", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr
    line = json.loads(done.stdout.splitlines()[-1])
    assert line["exact"]
    assert line["views_exact"]
    assert (line["items"], line["ok"], line["failed"], line["abandoned"], line["events"]) == (600, 600, 0, 0, 600)
    assert line["not_ready"] >= 1  # a killed worker had to be waited for

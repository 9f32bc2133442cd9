"""A small run of `make e2e-store`."""

import os
import re
import subprocess
import sys

import pytest

from local.faults.wire import ALL
from local.paths import ROOT


@pytest.mark.long
@pytest.mark.slow
def test_thousands_of_appends_under_faults_are_exact() -> None:
    command = [sys.executable, "-m", "tests.history", "--appends", "3000", "--processes", "2", "--seed", "7"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "layers")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"of 3000 stored, \d+ unknown and not stored: every command exactly once", done.stdout)
    struck = [int(count) for count in re.findall(r"':\s+(\d+)", done.stdout)]
    assert len(struck) == len(ALL)
    assert min(struck) >= 5

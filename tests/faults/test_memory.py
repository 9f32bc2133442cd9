"""The largest chunk in the least memory that a worker function has."""

import json
import os
import subprocess
import sys

from local.paths import ROOT

MOST_MB = 160  # of the function's 256: the rest is the user's, and the runtime's


def test_the_largest_chunk_fits_whatever_becomes_of_its_items() -> None:
    command = [sys.executable, "-m", "tests.faults.large_chunk"]
    paths = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers'}"}
    ran = subprocess.run(command, env=os.environ | paths, check=True, timeout=120, capture_output=True)
    figures = json.loads(ran.stdout)
    assert (figures["attempt"], figures["failed"]) == ("won", 10_000)
    assert figures["peak"] < MOST_MB, figures

"""What all runs need, the simulation's and the exploration's."""

import gc
import logging
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _fast() -> Iterator[None]:
    """Thousands of short runs: no garbage collection in between, no logs of what the scenario does on purpose.

    No coverage either: it takes as long again, and what a simulation runs, the unit tests run too.
    """
    coverage = sys.gettrace()
    sys.settrace(None)
    gc.disable()
    logging.disable(logging.ERROR)
    yield
    sys.settrace(coverage)
    logging.disable(logging.NOTSET)
    gc.enable()

"""What all runs need."""

import gc
import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _fast() -> Iterator[None]:
    """Thousands of short runs: no garbage collection in between, and no logs of what the scenario does on purpose."""
    gc.disable()
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)
    gc.enable()

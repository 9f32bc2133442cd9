"""A Retry waits as long as it says: MaxDelaySeconds caps the wait, JitterStrategy FULL spreads it.

The emulator ignores both, caps every wait at 60 s instead, and fails with an OverflowError once BackoffRate to the
power of the attempts is more than a float holds, which a loop of 3,000 polls reaches.
"""

import math
import random
from typing import Any

from local.emulator.patching import module, rewrite

TASK = """interval = retrier.get("IntervalSeconds", 1)
                backoff = retrier.get("BackoffRate", 2.0)
                sleep_sec = interval * (backoff ** count)
                _scaled_sleep(min(sleep_sec, 60))
"""
PARALLEL = """interval = retrier.get("IntervalSeconds", 1)
                _scaled_sleep(min(interval * (retrier.get("BackoffRate", 2.0) ** count), 60))
"""
MENDED = "_scaled_sleep(_tallygate_delay(retrier, count))\n"


def delay(retrier: dict[str, Any], retries: int) -> float:
    """Return the seconds to wait before the next attempt, after `retries` earlier ones."""
    seconds = float(retrier.get("IntervalSeconds", 1))
    try:
        seconds *= float(retrier.get("BackoffRate", 2.0)) ** retries
    except OverflowError:
        seconds = math.inf
    seconds = min(seconds, float(retrier.get("MaxDelaySeconds", 31_622_400)))  # no limit given: AWS's own, 366 days
    if retrier.get("JitterStrategy") == "FULL":
        return random.uniform(0, seconds)  # noqa: S311  # waits are no secret
    return seconds


def apply() -> None:
    """Compute the wait as AWS does, for tasks and for Parallel and Map states."""
    machine = module("services.stepfunctions")
    rewrite(machine, "_execute_task", (TASK, MENDED), _tallygate_delay=delay)
    rewrite(machine, "_with_retry_and_catch", (PARALLEL, MENDED), _tallygate_delay=delay)

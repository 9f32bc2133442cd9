"""Passes when the queue is drained, raises `NotReadyError` until then."""

from typing import Any

from tallygate.checks import wiring
from tallygate.settings import from_environment

queue = wiring.queue_drained(from_environment(wiring.QueueDrainedSettings))


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Takes the machine's state, with `"force": true` when it is to pass."""
    return queue.check(force=event.get("force", False))

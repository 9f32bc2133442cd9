"""Passes when enough objects stand under a prefix, raises `NotReadyError` until then."""

from typing import Any

from tallygate.checks import wiring
from tallygate.settings import from_environment

objects = wiring.objects_counted(from_environment(wiring.ObjectsCountedSettings))


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Takes the machine's state: `prefix`, `at_least`, and `"force": true` when it is to pass."""
    return objects.check(event.get("prefix", ""), event.get("at_least", 1), force=event.get("force", False))

"""The platform's report of an invocation, as it stands in a log: JSON, or a line of text."""

import json
import re

_TEXT = re.compile(r"^REPORT RequestId: \S+\s.*\bMax Memory Used: (\d+) MB")


def memory_used(message: str) -> float | None:
    """Megabytes that an invocation used; None: the line is no report."""
    if found := _TEXT.match(message):
        return float(found[1])
    if '"platform.report"' not in message:
        return None
    try:
        document = json.loads(message)
        if document["type"] != "platform.report":
            return None
        return float(document["record"]["metrics"]["maxMemoryUsedMB"])
    except (ValueError, KeyError, TypeError):
        return None

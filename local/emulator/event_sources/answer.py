"""What a function's answer says of its batch, with ReportBatchItemFailures."""

import json
from typing import Any

from local.emulator.event_sources.batch import Batch


def failed_at(answer: Any, batch: Batch) -> int | None:  # noqa: ANN401
    """Return the index of the first record that is not done, None if all are.

    `{"batchItemFailures": [{"itemIdentifier": <sequence number>}, …]}`: all before the lowest one are done. An empty
    answer or list is success; an identifier that is empty, unknown or not there, or an answer of another form, means
    that the whole batch failed.
    """
    if isinstance(answer, str) and answer:
        try:
            answer = json.loads(answer)
        except ValueError:
            return 0
    if not answer:
        return None
    if not isinstance(answer, dict):
        return 0
    failures = answer.get("batchItemFailures") or []
    if not isinstance(failures, list):
        return 0
    places = {entry.sequence: index for index, entry in enumerate(batch.entries)}
    return min((place(failure, places) for failure in failures), default=None)


def place(failure: Any, places: dict[str, int]) -> int:  # noqa: ANN401
    """Return the index that one failure names; 0, the whole batch, if it names none."""
    identifier = failure.get("itemIdentifier") if isinstance(failure, dict) else None
    return places.get(identifier, 0) if isinstance(identifier, str) else 0

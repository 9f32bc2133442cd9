"""ReportBatchItemFailures of a queue's function: an answer that can't be understood means that all failed.

AWS takes an identifier that is empty, null or under another name, and an answer that is no JSON object, for the failure
of the whole batch, and a null list for success. The emulator deletes the messages in the first case, which loses them,
and fails over the null in the second, so that messages which are done come again.
"""

import json
from collections.abc import Collection
from typing import Any

from local.emulator.patching import module, rewrite

NAMES = "failed_ids = set()\n", "except (json.JSONDecodeError, AttributeError):\n                pass\n"
NAMED = """failed_ids = set()
    if "ReportBatchItemFailures" in esm.get("FunctionResponseTypes", []):
        failed_ids = _tallygate_failed(result.get("body"), {msg["id"] for msg in batch})
"""


def failed(answer: Any, ids: Collection[str]) -> set[str]:  # noqa: ANN401
    """Return the ids of the messages that are not done."""
    if isinstance(answer, str) and answer:
        try:
            answer = json.loads(answer)
        except ValueError:
            return set(ids)
    if not answer:
        return set()
    failures = (answer.get("batchItemFailures") or []) if isinstance(answer, dict) else None
    if not isinstance(failures, list):
        return set(ids)
    named = [failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures]
    understood = [name for name in named if isinstance(name, str) and name]
    return set(understood) if len(understood) == len(named) else set(ids)


def apply() -> None:
    """Read the answer as AWS does."""
    rewrite(module("services.lambda_svc"), "_run_sqs_batch", (NAMES, NAMED), _tallygate_failed=failed)

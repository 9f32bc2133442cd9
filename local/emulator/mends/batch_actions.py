"""A batch of SQS needs the permission of the single call.

In AWS there is no action `sqs:SendMessageBatch`: whoever may SendMessage may send ten at a time, and so it is with
DeleteMessage and ChangeMessageVisibility. Under `AUTH=true` the emulator asks for an action of the batch's own name,
which no policy of AWS's grammar grants.
"""

from collections.abc import Callable

from local.emulator.patching import module, wrap

Extract = Callable[..., str | None]
SINGLE = {
    f"sqs:{action}Batch": f"sqs:{action}" for action in ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")
}


def by_single_name(extract: Extract) -> Extract:
    """Return `extract_iam_action` with AWS's names."""

    def extract_iam_action(*request: object, **more: object) -> str | None:
        action = extract(*request, **more)
        return SINGLE.get(action, action) if action else action

    return extract_iam_action


def apply() -> None:
    """Rename what batches ask for."""
    wrap(module("core.iam_actions"), "extract_iam_action", by_single_name)

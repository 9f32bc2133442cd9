"""What a service refuses in an optimized integration has the service's name before it, and a failed entry fails.

AWS says `StepFunctions.ExecutionAlreadyExistsException`, `SNS.NotFoundException`, and `EventBridge.FailedEntry` where
PutEvents answers that it refused an entry. The emulator says `ExecutionAlreadyExists` and `SNS.PublishFailed`, so that
a Catch by AWS's name never matches, and takes a refused event for sent.
"""

import json
import re
from typing import Any

from local.emulator.patching import module, rewrite

NESTED = (
    'payload.get("__type", "States.Runtime"),\n            payload.get("message", "Nested execution failed to start"),'
)
NESTED_MENDED = '*_tallygate_refused("StepFunctions", payload)'
EVENTS = 'result.get("__type", "EventBridge.EventBridgeException"),\n            result.get("message", ""),'
EVENTS_MENDED = '*_tallygate_refused("EventBridge", result)'
SENT = "    return result\n"
SENT_MENDED = "    return _tallygate_all_sent(result)\n"
TOPIC = '"SNS.PublishFailed",\n            body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body),'
TOPIC_MENDED = '*_tallygate_refused("SNS", _tallygate_of_xml(body))'


def refused(service: str, answer: dict[str, Any]) -> tuple[str, str]:
    """Return error and cause of a task whose service refused."""
    code = str(answer.get("__type", "Service")).rpartition("#")[2]
    name = code if code.endswith("Exception") else f"{code}Exception"
    return f"{service}.{name}", str(answer.get("message", ""))


def of_xml(body: bytes | str) -> dict[str, str]:
    """Return code and message of an error in XML, in the words of one in JSON."""
    words = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    found = [re.search(rf"<{tag}>(.*?)</{tag}>", words, re.DOTALL) for tag in ("Code", "Message")]
    return {field: match[1] for field, match in zip(("__type", "message"), found, strict=True) if match}


def all_sent(answer: dict[str, Any]) -> dict[str, Any]:
    """Return PutEvents' answer, unless it refused an entry."""
    if answer.get("FailedEntryCount"):
        raise module("services.stepfunctions")._ExecutionError(  # noqa: SLF001
            "EventBridge.FailedEntry", json.dumps(answer)
        )
    return answer


def apply() -> None:
    """Name errors as AWS does."""
    machine = module("services.stepfunctions")
    for name in ("_invoke_nested_start_execution", "_invoke_nested_start_execution_sync"):
        rewrite(machine, name, (NESTED, NESTED_MENDED), _tallygate_refused=refused)
    rewrite(machine, "_invoke_sns_publish", (TOPIC, TOPIC_MENDED), _tallygate_of_xml=of_xml)
    rewrite(
        machine, "_invoke_events_put_events", (EVENTS, EVENTS_MENDED), (SENT, SENT_MENDED), _tallygate_all_sent=all_sent
    )
    # the functions are found in a table that was made from those of before
    machine._SERVICE_DISPATCH["arn:aws:states:::sns:publish"] = machine._invoke_sns_publish  # noqa: SLF001
    machine._SERVICE_DISPATCH["arn:aws:states:::events:putEvents"] = machine._invoke_events_put_events  # noqa: SLF001

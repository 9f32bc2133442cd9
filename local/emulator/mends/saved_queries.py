"""CloudWatch Logs keeps queries: PutQueryDefinition and its kin, and AWS::Logs::QueryDefinition.

The emulator knows none of them, so that a stack with a saved query can't be deployed. They are kept in the process
alone.
"""

import json
import uuid
from typing import TYPE_CHECKING, Any

from local.emulator.patching import module, rewrite

if TYPE_CHECKING:
    from collections.abc import Callable

TYPE = "AWS::Logs::QueryDefinition"
HANDLERS = '        "StopQuery": _stop_query,\n'
HANDLERS_MENDED = HANDLERS + "        **_tallygate_saved_queries,\n"
_kept: dict[str, dict[str, Any]] = {}


def put(data: dict[str, Any]) -> Any:  # noqa: ANN401 (the emulator's answer)
    """Keep a query, or change the one of that id."""
    id = data.get("queryDefinitionId") or str(uuid.uuid4())
    _kept[id] = {"logGroupNames": [], **data, "queryDefinitionId": id}
    return _answer({"queryDefinitionId": id})


def describe(data: dict[str, Any]) -> Any:  # noqa: ANN401
    """Those whose name begins so."""
    prefix = data.get("queryDefinitionNamePrefix", "")
    return _answer({"queryDefinitions": [one for one in _kept.values() if one["name"].startswith(prefix)]})


def delete(data: dict[str, Any]) -> Any:  # noqa: ANN401
    """Keep it no longer."""
    return _answer({"success": _kept.pop(data["queryDefinitionId"], None) is not None})


def create_in_stack(_logical_id: str, props: dict[str, Any], _stack: str) -> tuple[str, dict[str, Any]]:
    """Return the physical id and the attributes."""
    id = str(uuid.uuid4())
    return update_in_stack(id, {}, props, _stack)


def update_in_stack(id: str, _old: dict[str, Any], props: dict[str, Any], _stack: str) -> tuple[str, dict[str, Any]]:
    """Change it in place."""
    put({name[0].lower() + name[1:]: value for name, value in props.items()} | {"queryDefinitionId": id})
    return id, {"QueryDefinitionId": id}


def delete_in_stack(id: str, _props: dict[str, Any]) -> None:
    """With its stack it goes."""
    _kept.pop(id, None)


def apply() -> None:
    """Add the operations and the type."""
    operations: dict[str, Callable[[dict[str, Any]], Any]] = {
        "PutQueryDefinition": put,
        "DescribeQueryDefinitions": describe,
        "DeleteQueryDefinition": delete,
    }
    rewrite(
        module("services.cloudwatch_logs"),
        "handle_request",
        (HANDLERS, HANDLERS_MENDED),
        _tallygate_saved_queries=operations,
    )
    module("services.cloudformation.provisioners")._RESOURCE_HANDLERS[TYPE] = {  # noqa: SLF001
        "create": create_in_stack,
        "update": update_in_stack,
        "delete": delete_in_stack,
    }


def _answer(body: dict[str, Any]) -> Any:  # noqa: ANN401
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body).encode()

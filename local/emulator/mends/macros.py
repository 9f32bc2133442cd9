"""Macros: a template that names one under Transform is processed by its function first.

CloudFormation calls the function of an AWS::CloudFormation::Macro with the template and the values of its parameters,
and goes on with the template that it answers; any status but success ends the operation with the function's message.
The emulator knows neither the resource nor the call. (Fn::Transform on a part of a template is still unknown to it.)
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode

from local.emulator.patching import module, wrap

CALLS = frozenset({"CreateChangeSet", "CreateStack", "UpdateStack"})
LISTS = ("CommaDelimitedList", "List<")
_functions: dict[str, str] = {}  # their ARNs, by the macro's name
Request = dict[str, list[str]]


class MacroFailed(RuntimeError):
    """A macro answered anything but success; the message is what CloudFormation shows."""


def _create(_id: str, properties: Mapping[str, Any], _stack: str) -> tuple[str, dict[str, Any]]:
    _functions[properties["Name"]] = properties["FunctionName"]
    return properties["Name"], {}


def _update(name: str, _old: Mapping[str, Any], new: Mapping[str, Any], _stack: str) -> tuple[str, dict[str, Any]]:
    _functions.pop(name, None)
    return _create("", new, "")


def _delete(name: str, _properties: Mapping[str, Any]) -> None:
    _functions.pop(name, None)


def processed(request: Request) -> Request:
    """Return the request with its template processed by each of its macros, in their order. Raises MacroFailed."""
    engine, helpers = module("services.cloudformation.engine"), module("services.cloudformation.helpers")
    template = engine._parse_template(request["TemplateBody"][0])  # noqa: SLF001
    named = [name for name in engine.declared_transforms(template) if name in _functions]
    if not named:
        return request
    given = helpers._extract_members(request, "Parameters")  # noqa: SLF001
    values = _values(template, engine._transform_parameters(template, given, None))  # noqa: SLF001
    for name in named:
        template = engine._without_transform(template, name)  # noqa: SLF001
        transforms = {key: value for key, value in template.items() if key == "Transform"}
        bare = {key: value for key, value in template.items() if key != "Transform"}
        template = transforms | _call(name, bare, values)
    return request | {"TemplateBody": [json.dumps(template)]}


def _values(template: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    declared = template.get("Parameters") or {}
    return {
        name: value.split(",") if str(declared[name].get("Type", "")).startswith(LISTS) else value
        for name, value in values.items()
    }


def _call(name: str, fragment: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    functions, core = module("services.lambda_svc"), module("core.responses")
    account, region = core.get_account_id(), core.get_region()
    function, config, _ = functions._get_func_record_for_ref(_functions[name])  # noqa: SLF001
    event = {
        "region": region,
        "accountId": account,
        "fragment": fragment,
        "transformId": f"{account}::{name}",
        "params": {},
        "requestId": core.new_uuid(),
        "templateParameterValues": values,
    }
    record = functions._execution_record_for_config(function, config)  # noqa: SLF001
    answer = functions._execute_function_with_config_scope(record, event).get("body")  # noqa: SLF001
    answer = json.loads(answer) if isinstance(answer, str) else answer
    if not isinstance(answer, dict) or answer.get("requestId") != event["requestId"]:
        raise MacroFailed(f"Received malformed response from transform {account}::{name}")
    if str(answer.get("status", "")).lower() != "success":
        raise MacroFailed(f"Transform {account}::{name} failed with: {answer.get('errorMessage')}")
    fragment_made: dict[str, Any] = answer["fragment"]
    return fragment_made


def with_macros(handle: Callable[..., Any]) -> Callable[..., Any]:
    """Return the service's handler of requests, which now processes templates first."""

    async def handled(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:  # noqa: ANN401
        request = parse_qs(body.decode(errors="replace"), keep_blank_values=True)
        if request.get("Action", [""])[0] in CALLS and request.get("TemplateBody"):
            try:
                # The function asks this very server: nothing may wait for it here.
                body = urlencode(await asyncio.to_thread(processed, request), doseq=True).encode()
            except MacroFailed as failed:
                return module("services.cloudformation.helpers")._error("ValidationError", str(failed))  # noqa: SLF001
        return await handle(method, path, headers, body, query)

    return handled


def apply() -> None:
    """Keep macros, and call them."""
    handlers = module("services.cloudformation.provisioners")._RESOURCE_HANDLERS  # noqa: SLF001
    handlers["AWS::CloudFormation::Macro"] = {"create": _create, "update": _update, "delete": _delete}
    wrap(module("services.cloudformation"), "handle_request", with_macros)

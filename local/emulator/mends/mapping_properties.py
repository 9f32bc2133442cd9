"""An event source mapping keeps all that it is made with.

The emulator loses StartingPositionTimestamp, and from CloudFormation: tags, the state of a mapping made disabled, the
type of numbers and flags that come as text, and the removal of a property from the template: what was said before
stays, as does the function's alias. A stream's BatchSize is 10 where AWS has 100, and what was not given does not show.
"""

import copy
from typing import Any

from local.emulator.patching import module, rewrite

STREAM_DEFAULTS: dict[str, Any] = {
    "BatchSize": 100,
    "MaximumBatchingWindowInSeconds": 0,
    "ParallelizationFactor": 1,
    "MaximumRetryAttempts": -1,
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": False,
    "TumblingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
    "DestinationConfig": {"OnFailure": {}},
}
"""What AWS says of a stream's mapping where nothing was given."""
OTHERS = ("FilterCriteria", "StartingPositionTimestamp")
TYPE = "AWS::Lambda::EventSourceMapping"


def complete(mapping: dict[str, Any], given: dict[str, Any], *, made: bool = True) -> dict[str, Any]:
    """Return the mapping with all properties: those given, in their type, and AWS's defaults for a stream's others."""
    if given.get("Enabled") is not None:
        mapping["Enabled"] = typed(given["Enabled"], like=True)
        mapping["State"] = "Enabled" if mapping["Enabled"] else "Disabled"
    if made and given.get("Tags"):
        tags = given["Tags"]
        mapping["Tags"] = dict(tags) if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}
    if ":sqs:" not in mapping["EventSourceArn"]:
        for name, default in STREAM_DEFAULTS.items():
            value = given.get(name)
            mapping[name] = copy.deepcopy(default) if value is None else typed(value, like=default)
        for name in OTHERS:
            if given.get(name) is None:
                mapping.pop(name, None)
            else:
                mapping[name] = given[name]
    return mapping


def typed(value: Any, *, like: Any) -> Any:  # noqa: ANN401
    """Return a flag or a number that may have come as text; anything else as it is."""
    if isinstance(like, bool):
        return str(value).lower() == "true"
    return int(value) if isinstance(like, int) else value


def apply() -> None:
    """Complete each mapping that a request or a stack makes, and that a stack updates."""
    functions, stacks = module("services.lambda_svc"), module("services.cloudformation.provisioners")
    rewrite(
        functions,
        "_create_esm",
        ("_esms[esm_id] = esm\n", "_esms[esm_id] = _tallygate_complete(esm, data)\n"),
        _tallygate_complete=complete,
    )
    rewrite(
        stacks,
        "_lambda_esm_create",
        ("_lambda_svc._esms[esm_id] = esm\n", "_lambda_svc._esms[esm_id] = _tallygate_complete(esm, props)\n"),
        _tallygate_complete=complete,
    )
    rewrite(
        stacks,
        "_lambda_esm_update",
        (
            'esm["LastModified"] = int(time.time())\n',
            'esm["LastModified"] = int(time.time())\n    _tallygate_complete(esm, new_props, made=False)\n',
        ),
        ('esm["FunctionName"] = func_name\n', 'esm["FunctionName"], esm["Qualifier"] = func_name, qualifier\n'),
        _tallygate_complete=complete,
    )
    stacks._RESOURCE_HANDLERS[TYPE].update(create=stacks._lambda_esm_create, update=stacks._lambda_esm_update)  # noqa: SLF001

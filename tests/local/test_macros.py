"""Macros: what CloudFormation tells their functions, and what it makes of the answer."""

import json
import uuid
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tests.local.tiny_aws import TinyAws

TELLS = """
    import json

    def handler(event, context):
        if event["fragment"]["Outputs"]["Told"]["Value"] == "fail":
            return {"requestId": event["requestId"], "status": "failure", "errorMessage": "for a reason"}
        event["fragment"]["Outputs"]["Told"]["Value"] = json.dumps(event, sort_keys=True)
        return {"requestId": event["requestId"], "status": "SUCCESS", "fragment": event["fragment"]}
"""
WAITS: dict[str, Any] = {"Delay": 1, "MaxAttempts": 60}


def check_macros(aws: TinyAws) -> None:
    """A template goes through the function of the macro that it names, with the values of its parameters."""
    name = f"Macro{uuid.uuid4().hex[:8]}"
    function = aws.functions.get_function(FunctionName=aws.function(TELLS))["Configuration"]["FunctionArn"]
    macro = {"Type": "AWS::CloudFormation::Macro", "Properties": {"Name": name, "FunctionName": function}}
    _created(aws, f"stack-{name}", {"Resources": {"Macro": macro}})
    template = {
        "Transform": [name],
        "Parameters": {"One": {"Type": "String", "Default": "1"}, "Several": {"Type": "CommaDelimitedList"}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"Told": {"Value": "?"}},
    }
    values = [{"ParameterKey": "Several", "ParameterValue": "a,b"}]
    event = json.loads(_created(aws, f"user-of-{name}", template, values)["Outputs"][0]["OutputValue"])
    assert event["templateParameterValues"] == {"One": "1", "Several": ["a", "b"]}
    assert event["transformId"] == f"000000000000::{name}"
    assert "Transform" not in event["fragment"]
    failing = template | {"Outputs": {"Told": {"Value": "fail"}}}
    assert (
        _refused(aws, f"failed-{name}", failing, values) == f"Transform 000000000000::{name} failed with: for a reason"
    )


def _created(aws: TinyAws, stack: str, template: Any, values: Any = ()) -> Any:
    try:
        aws.stacks.create_stack(
            StackName=stack,
            TemplateBody=json.dumps(template),
            Parameters=values,
            Capabilities=["CAPABILITY_AUTO_EXPAND"],
        )
    except ClientError as error:
        raise AssertionError(str(error)) from error
    aws.stacks.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig=WAITS)  # type: ignore[arg-type]
    return aws.stacks.describe_stacks(StackName=stack)["Stacks"][0]


def _refused(aws: TinyAws, stack: str, template: Any, values: Any) -> str:
    try:
        aws.stacks.create_stack(StackName=stack, TemplateBody=json.dumps(template), Parameters=values)
    except ClientError as error:
        return error.response["Error"]["Message"]
    raise AssertionError("it was made")


CHECKS: dict[str, Callable[[TinyAws], None]] = {"macros": check_macros}

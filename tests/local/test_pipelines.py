"""CloudFormation takes a pipeline, changes it and lets it go."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tests.local.tiny_aws import TinyAws

STACK = "with-a-pipeline"


def template(branch: str) -> str:
    action = {
        "Name": "Source",
        "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": "CodeCommit", "Version": "1"},
        "Configuration": {"RepositoryName": "some", "BranchName": branch},
    }
    pipeline = {"Name": "some", "RoleArn": "arn:aws:iam::000000000000:role/some", "Stages": [{"Actions": [action]}]}
    found = {"Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": pipeline}}
    return json.dumps({"Resources": found, "Outputs": {"Name": {"Value": {"Ref": "Pipeline"}}}})


def check_known_pipelines(aws: TinyAws) -> None:
    """A stack with a pipeline is made, changed and deleted; the pipeline's id is its name."""
    client = aws.stacks
    try:
        client.create_stack(StackName=STACK, TemplateBody=template("main"))
    except ClientError as error:
        raise AssertionError(str(error)) from error
    client.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
    client.update_stack(StackName=STACK, TemplateBody=template("trunk"))
    client.get_waiter("stack_update_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
    (stack,) = client.describe_stacks(StackName=STACK)["Stacks"]
    outputs: list[Mapping[str, Any]] = list(stack["Outputs"])
    assert [output["OutputValue"] for output in outputs] == ["some"]
    client.delete_stack(StackName=STACK)
    client.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})


CHECKS: dict[str, Callable[[TinyAws], None]] = {"known_pipelines": check_known_pipelines}

"""UseLatest as its users have it: the deployed macro, plain templates, change sets."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local import cdk
from local.deployment import LOOKING_ON
from tests.e2e.conftest import App

TEMPLATE = """
Transform: UseLatest
Parameters:
  Stage: {Type: String, Default: dev}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Api:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: api-of-others
      Runtime: python3.13
      Handler: index.handler
      Role: arn:aws:iam::000000000000:role/any
      Code: {ZipFile: "def handler(event, context): return None"}
      Layers:
        - !Sub "${Stage}-layer"
        - !If [IsProd, NAME, !Sub "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:layer:dev-layer:1"]
"""
ARN = "arn:aws:lambda:us-east-1:000000000000:layer:dev-layer"


class Stack:
    """A stack of somebody else's, by change sets."""

    def __init__(self, app: App) -> None:
        settings = app.deployment.emulator.client_settings()
        self._stacks = boto3.client("cloudformation", config=LOOKING_ON, **settings)
        self.functions = boto3.client("lambda", config=LOOKING_ON, **settings)
        self._made = 0

    def publish(self, *runtimes: str) -> None:
        """Publish a version of the layer."""
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w") as file:
            file.writestr("python/x.py", str(runtimes))
        self.functions.publish_layer_version(
            LayerName="dev-layer",
            Content={"ZipFile": body.getvalue()},
            CompatibleRuntimes=runtimes,  # type: ignore[arg-type]
        )

    def change(self, template: str = TEMPLATE) -> Mapping[str, Any]:
        """Make a change set and describe it."""
        self._made += 1
        kind = "CREATE" if self._made == 1 else "UPDATE"
        named: dict[str, Any] = {"StackName": "others", "ChangeSetName": f"c{self._made}"}
        self._stacks.create_change_set(**named, TemplateBody=template, ChangeSetType=kind)  # type: ignore[arg-type]
        return self._stacks.describe_change_set(**named)

    def execute(self) -> None:
        """Execute the last change set."""
        before = "create" if self._made == 1 else "update"
        self._stacks.execute_change_set(StackName="others", ChangeSetName=f"c{self._made}")
        self._stacks.get_waiter(f"stack_{before}_complete").wait(  # type: ignore[call-overload]
            StackName="others", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )

    def layers(self) -> list[str]:
        """What the function has."""
        found = self.functions.get_function_configuration(FunctionName="api-of-others")
        return [layer["Arn"] for layer in found["Layers"]]


@pytest.mark.long
def test_a_plain_template_takes_the_newest_layers_when_a_change_set_is_made(app: App) -> None:
    with cdk.assembly_lock():
        cdk.deploy(app.deployment.emulator, "UseLatest")
    stack = Stack(app)
    stack.publish("python3.13")
    stack.change()
    stack.execute()
    assert stack.layers() == [f"{ARN}:1", f"{ARN}:1"]

    for runtimes in [("python3.13", "python3.12"), ("nodejs22.x",)] * 12:
        stack.publish(*runtimes)
    assert stack.layers() == [f"{ARN}:1", f"{ARN}:1"]  # publishing deploys nothing
    assert [one["ResourceChange"]["LogicalResourceId"] for one in stack.change()["Changes"]] == ["Api"]
    stack.execute()
    assert stack.layers() == [f"{ARN}:24", f"{ARN}:1"]

    assert "didn't contain changes" in stack.change()["StatusReason"]
    with pytest.raises(ClientError) as refused:
        stack.change(TEMPLATE.replace('-layer"', '-lyer"', 1))
    says = "Transform 000000000000::UseLatest failed with: UseLatest: Resources.Api.Properties.Layers[0] "
    assert says in str(refused.value)
    assert "similar names are dev-layer" in str(refused.value)
    assert stack.layers() == [f"{ARN}:24", f"{ARN}:1"]

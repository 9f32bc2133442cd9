"""Two small stacks on an emulator: one publishes a layer, the other takes it by `Custom::LatestLayerVersion`.

The resolver is the real function; what it imports comes from the checkout instead of its layers.
"""

import hashlib
import io
import json
import sysconfig
import zipfile
from typing import Any

from botocore.exceptions import ClientError

from local.emulator.process import ACCOUNT, REGION, Emulator
from local.paths import ROOT
from local.server import wait_until
from tests.local.tiny_aws import ROLE, TinyAws, zipped

RESOLVER = "tallygate-local-latest_layer"
SAYS = "import answer\ndef handler(event, context): return answer.ANSWER\n"
SECONDS = 60


class Layered:
    """A layer of a name of its own, and who uses it."""

    def __init__(self, emulator: Emulator, name: str) -> None:
        self.aws = TinyAws(emulator)
        self.emulator = emulator
        self.layer = f"tallygate-local-{name}"
        self.app = f"{name}-app"
        self.bucket = self.aws.bucket()
        self.aws.s3.put_object(Bucket=self.bucket, Key="function.zip", Body=zipped({"index.py": SAYS}))

    def publish(self, number: int) -> str:
        """Deploy the stack of the layer, with the content of that number; returns the content's hash."""
        body = zipped({"python/answer.py": f"ANSWER = {number}\n"})
        content = hashlib.sha256(f"{self.layer} {number}".encode()).hexdigest()
        self.aws.s3.put_object(Bucket=self.bucket, Key=f"{content}.zip", Body=body)
        properties = {
            "LayerName": self.layer,
            "Description": f"content {content}",
            "Content": {"S3Bucket": self.bucket, "S3Key": f"{content}.zip"},
            "CompatibleRuntimes": ["python3.11"],
        }
        version = {"Type": "AWS::Lambda::LayerVersion", "Properties": properties, **RETAINED}
        status, _ = self._deploy(self.layer, {"Version": version})
        assert status.endswith("_COMPLETE"), status
        return content

    def deploy(self, content: str, *, fails: bool = False, memory: int = 128, **properties: str) -> tuple[str, str]:
        """Deploy the app on the layer's version with that content; returns the stack's status and why it failed."""
        resolved = {
            "ServiceToken": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{RESOLVER}",
            "ServiceTimeout": "60",
            "Layer": self.layer,
            "Runtime": "python3.11",
            "Content": content,
            **properties,
        }
        resources: dict[str, Any] = {
            "Layer": {"Type": "Custom::LatestLayerVersion", "Properties": resolved},
            "Function": self._function(ARN, memory),
        }
        if fails:
            nobody = {"ServiceToken": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:there-is-none"}
            resources["Broken"] = {"Type": "Custom::Broken", "Properties": nobody, "DependsOn": "Function"}
        return self._deploy(self.app, resources, {"Arn": {"Value": ARN}})

    def deploy_as_before(self, parameter: str) -> tuple[str, str]:
        """Deploy the app as version 0.2 did: an SSM parameter has the ARN of the layer's version."""
        parameters = {"Newest": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": parameter}}
        return self._deploy(self.app, {"Function": self._function({"Ref": "Newest"}, 128)}, parameters=parameters)

    def _function(self, layer: object, memory: int) -> dict[str, Any]:
        properties = {
            "FunctionName": self.app,
            "Runtime": "python3.11",
            "Handler": "index.handler",
            "Role": ROLE,
            "MemorySize": memory,
            "Code": {"S3Bucket": self.bucket, "S3Key": "function.zip"},
            "Layers": [layer],
        }
        return {"Type": "AWS::Lambda::Function", "Properties": properties}

    def answer(self) -> Any:
        """What the app's function finds in its layer."""
        return self.aws.invoke(self.app, {})

    def output(self) -> str:
        """The version's ARN, as the stack tells it."""
        (stack,) = self.aws.stacks.describe_stacks(StackName=self.app)["Stacks"]
        return stack["Outputs"][0]["OutputValue"]

    def versions(self) -> list[int]:
        """The numbers of the layer's versions, the newest first."""
        found = self.aws.functions.list_layer_versions(LayerName=self.layer)["LayerVersions"]
        return [version["Version"] for version in found]

    def resolutions(self) -> int:
        """How often the resolver was called so far."""
        return int(self.emulator.meter()["functions"].get(RESOLVER, {}).get("invocations", 0))

    def _deploy(
        self, name: str, resources: dict[str, Any], outputs: dict[str, Any] | None = None, **more: Any
    ) -> tuple[str, str]:
        sections = {name.capitalize(): section for name, section in more.items()}
        template = json.dumps({"Resources": resources, "Outputs": outputs or {}, **sections})
        try:
            if any(one["StackName"] == name for one in self.aws.stacks.describe_stacks()["Stacks"]):
                self.aws.stacks.update_stack(StackName=name, TemplateBody=template)
            else:
                self.aws.stacks.create_stack(StackName=name, TemplateBody=template)
        except ClientError as exc:
            return str(exc), ""
        assert wait_until(lambda: not self._status(name).endswith("IN_PROGRESS"), SECONDS, every=0.05)
        events = self.aws.stacks.describe_stack_events(StackName=name)["StackEvents"]
        reasons = [one.get("ResourceStatusReason", "") for one in events if one["ResourceStatus"].endswith("_FAILED")]
        return self._status(name), reasons[0] if reasons else ""

    def _status(self, name: str) -> str:
        return self.aws.stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]


ARN = {"Fn::GetAtt": ["Layer", "LayerVersionArn"]}
RETAINED = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def make_resolver(emulator: Emulator, *, quiet_seconds: int) -> None:
    """Make the function of `LayerResolver`."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.write(ROOT / "lambdas/latest_layer/handler.py", "handler.py")
    packages = sysconfig.get_paths()["purelib"]
    TinyAws(emulator).functions.create_function(
        FunctionName=RESOLVER,
        Runtime="python3.11",
        Handler="handler.handler",
        Role=ROLE,
        Timeout=60,  # as it is deployed
        Code={"ZipFile": content.getvalue()},
        Environment={
            "Variables": {
                "PYTHONPATH": f"{ROOT / 'layers'}:{packages}",
                "LAYER_PREFIX": "tallygate-local-",
                "QUIET_SECONDS": str(quiet_seconds),
                "POWERTOOLS_SERVICE_NAME": "latest_layer",
                "POWERTOOLS_METRICS_NAMESPACE": "Tallygate",
                "POWERTOOLS_TRACE_DISABLED": "true",
            }
        },
    )

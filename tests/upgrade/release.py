"""A release of the past: its templates and its code, deployed to the emulator as its own CDK app would have."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from uv import find_uv_bin

from local.deployment import LOOKING_ON
from local.emulator.process import ACCOUNT, REGION, Emulator
from tests.infra.release_code import unpack
from tests.infra.release_templates import RELEASES

ASSETS = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"  # the bootstrap's, where the templates look
ORDER = ("layers", "events", "batch", "fan-out")
LAYERS = ("vendor", "tallygate", "domain")
PREFIX = "tallygate-dev-"


class Release:
    """Templates with the code that belongs to them.

    Parameters
    ----------
    name : str
        Such as `v0.2.0`.
    scratch : Path
        Where the code is unpacked.
    """

    def __init__(self, name: str, scratch: Path, emulator: Emulator) -> None:
        self.name, self.code = name, unpack(name, scratch / name)
        self._emulator = emulator
        settings = emulator.client_settings()
        self._stacks = boto3.client("cloudformation", config=LOOKING_ON, **settings)
        self._objects = boto3.client("s3", config=LOOKING_ON, **settings)

    def deploy(self) -> None:
        """Create its stacks, or update those that there are, one after the other."""
        for stack in ORDER:
            self._deploy(stack, json.dumps(self._template(stack)))

    def _template(self, stack: str) -> dict[str, Any]:
        template: dict[str, Any] = json.loads((RELEASES / self.name / f"{stack}.json").read_text())
        for resource in template["Resources"].values():
            properties = resource.get("Properties", {})
            if resource["Type"] == "AWS::Lambda::Function":
                properties["Code"]["S3Key"] = self._functions[self._folder(properties["FunctionName"])]
            if resource["Type"] == "AWS::Kinesis::Stream":  # on demand it has four shards, too much for a small machine
                properties.update(StreamModeDetails={"StreamMode": "PROVISIONED"}, ShardCount=1)
            if resource["Type"] == "AWS::Lambda::LayerVersion":
                properties["Content"]["S3Key"] = self._layers[properties["LayerName"].removeprefix(PREFIX)]
        return template

    def _folder(self, function: str) -> str:
        name = function.removeprefix(PREFIX)
        return name if name in self._functions else name.partition("-")[0]

    @cached_property
    def _functions(self) -> Mapping[str, str]:
        return {folder.name: self._upload(_zipped(folder, "")) for folder in (self.code / "lambdas").iterdir()}

    @cached_property
    def _layers(self) -> Mapping[str, str]:
        packages = {name: self.code / "layers" / name for name in LAYERS}
        vendored = self.code / "vendored"
        lock = packages["vendor"] / "requirements.txt"
        options = ["--quiet", "--no-compile-bytecode", "--python", sys.executable, "--target", str(vendored)]
        subprocess.run([find_uv_bin(), "pip", "install", *options, "--require-hashes", "-r", str(lock)], check=True)
        return {
            "vendor": self._upload(_zipped(vendored, "python/")),
            **{name: self._upload(_zipped(packages[name], f"python/{name}/")) for name in ("tallygate", "domain")},
        }

    def _upload(self, content: bytes) -> str:
        key = f"{hashlib.sha256(content).hexdigest()}.zip"
        self._objects.put_object(Bucket=ASSETS, Key=key, Body=content)
        return key

    def _deploy(self, stack: str, template: str) -> None:
        name, key = f"{PREFIX}{stack}", f"{self.name}-{stack}.json"
        self._objects.put_object(Bucket=ASSETS, Key=key, Body=template.encode())
        request: dict[str, Any] = {
            "StackName": name,
            "TemplateURL": f"{self._emulator.endpoint}/{ASSETS}/{key}",
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
        }
        try:
            self._stacks.describe_stacks(StackName=name)
        except self._stacks.exceptions.ClientError:
            self._stacks.create_stack(**request)
            waiter = "stack_create_complete"
        else:
            self._stacks.update_stack(**request)
            waiter = "stack_update_complete"
        try:
            self._stacks.get_waiter(waiter).wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 240})  # type: ignore[call-overload]
        except Exception as exc:
            raise AssertionError(f"{self.name} {stack}: {self._why(name)}") from exc

    def _why(self, name: str) -> list[str]:
        events = self._stacks.describe_stack_events(StackName=name)["StackEvents"]
        return [
            f"{e['LogicalResourceId']}: {e['ResourceStatusReason']}" for e in events if e.get("ResourceStatusReason")
        ]


def _zipped(folder: Path, prefix: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                entry = zipfile.ZipInfo(f"{prefix}{path.relative_to(folder).as_posix()}", (1980, 1, 1, 0, 0, 0))
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return content.getvalue()

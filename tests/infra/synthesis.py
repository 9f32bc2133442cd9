"""Syntheses of the real app, each in a process of its own, and a way to read what came out."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from stacks.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
STACKS = ("layers", "events", "batch", "fan-out", "observability")
BY_THEMSELVES = ("tallygate-use-latest", "tallygate-pipeline")  # of no environment
PIPELINE_FILE = "tests/infra/pipeline.toml"  # not the project's own, in which teams say what they like
# By its place, not as a module: a project that was copied elsewhere has no tests.
_TAKE_OWN = f"import runpy\nrunpy.run_path({str(ROOT / 'tests/infra/environments.py')!r})['take']()\n"
_APP = "import runpy\nrunpy.run_path('app.py', run_name='__main__')\n"
_HASH = re.compile(r"[0-9a-f]{64}")
# All three silence a banner about Node's age, or a report to AWS; none changes a template.
QUIET = {
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1",
    "CDK_DISABLE_CLI_TELEMETRY": "true",
}


@dataclass(frozen=True)
class Stack:
    """A synthesized stack."""

    name: str
    template: Mapping[str, Any]
    termination_protection: bool
    dependencies: Sequence[str]

    def of_type(self, kind: str) -> dict[str, Any]:
        """The resources of a type, such as `AWS::S3::Bucket`, by logical id."""
        return {id: found for id, found in self.template["Resources"].items() if found["Type"] == kind}

    def one(self, kind: str, **properties: object) -> tuple[str, dict[str, Any]]:
        """The one resource of that type with these properties: its logical id and itself."""
        found = [
            (id, resource)
            for id, resource in self.of_type(kind).items()
            if all(resource["Properties"].get(name) == value for name, value in properties.items())
        ]
        assert len(found) == 1, f"{len(found)} resources of type {kind} with {properties} in {self.name}"
        return found[0]

    def properties(self, kind: str, **properties: object) -> dict[str, Any]:
        """The properties of the one resource of that type with these properties, without its tags."""
        found: dict[str, Any] = self.one(kind, **properties)[1]["Properties"]
        return {name: value for name, value in found.items() if name != "Tags"}

    def layers_of(self, function: Mapping[str, Any]) -> list[str]:
        """The names of the layers that a function with these properties resolves."""
        resources = [self.template["Resources"][layer["Fn::GetAtt"][0]] for layer in function["Layers"]]
        assert all(layer["Fn::GetAtt"][1] == "LayerVersionArn" for layer in function["Layers"])
        assert all(resource["Type"] == "Custom::LatestLayerVersion" for resource in resources)
        return [resource["Properties"]["Layer"] for resource in resources]


@dataclass(frozen=True)
class Synthesis:
    """What one run of the app left behind."""

    folder: Path
    status: int
    output: str

    @cached_property
    def stacks(self) -> dict[str, Stack]:
        """Stacks by name, such as `tallygate-dev-events`."""
        assert self.status == 0, self.output
        # Those of the stages, and those that stand by themselves.
        manifests = [*self.folder.glob("assembly-*/manifest.json"), self.folder / "manifest.json"]
        found = [stack for manifest in manifests for stack in _stacks(manifest)]
        return {stack.name: stack for stack in found}

    @cached_property
    def pipeline(self) -> Stack:
        """The pipeline's own stack, which lies beside the stages."""
        (found,) = [one for one in self.beside() if one.name == "tallygate-pipeline"]
        return found

    def beside(self) -> list[Stack]:
        """Stacks that belong to no environment."""
        assert self.status == 0, self.output
        return _stacks(self.folder / "manifest.json")

    def stack(self, environment: str, name: str) -> Stack:
        return self.stacks[f"tallygate-{environment}-{name}"]

    def violations(self) -> list[str]:
        """Every finding: of cdk-nag, and every error and warning of the CDK itself."""
        report = json.loads((self.folder / "validation-report.json").read_text())
        return [violation["ruleName"] for plugin in report["pluginReports"] for violation in plugin["violations"]]

    def assets(self) -> dict[str, str]:
        """The hash of each function's and layer's code, by the name of function or layer."""
        kinds = {
            "AWS::Lambda::Function": ("FunctionName", "Code"),
            "AWS::Lambda::LayerVersion": ("LayerName", "Content"),
        }
        return {
            resource["Properties"][name]: Path(resource["Properties"][code]["S3Key"]).stem
            for stack in self.stacks.values()
            for kind, (name, code) in kinds.items()
            for resource in stack.of_type(kind).values()
        }

    def code(self, asset: str) -> Path:
        """The folder of that hash as it is uploaded; in a synthesis that builds nothing, what it is made of."""
        for listed in (*self.folder.glob("*.assets.json"), *self.folder.glob("assembly-*/*.assets.json")):
            if found := json.loads(listed.read_text())["files"].get(asset):
                return listed.parent / str(found["source"]["path"])
        raise AssertionError(f"no asset {asset} in {self.folder}")


def synthesize(
    folder: Path,
    *,
    project: Path = ROOT,
    program: tuple[str, str] = ("-c", _APP),
    of_the_project: bool = False,
    bundle: bool = False,
    context: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
) -> Synthesis:
    """Run the app of `project` as the CDK CLI does, into `folder`. Layers are only built with `bundle`.

    The pipeline is the tests' own, unless the context names another file. So are the environments, unless it is to be
    those of the project; they are put in before a program that is given as `-c` and its text.
    """
    flag, what = program
    if flag == "-c" and not of_the_project:
        what = _TAKE_OWN + what
    settings = json.loads((ROOT / "cdk.json").read_text())["context"]
    settings |= {"pipeline": str(ROOT / PIPELINE_FILE)} | dict(context or {})
    if not bundle:
        settings["aws:cdk:bundling-stacks"] = []
    asked = {"CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(settings)}
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "CDK_"))}
    done = subprocess.run(
        [sys.executable, flag, what],
        cwd=project,
        env=ours | QUIET | asked | dict(variables or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Synthesis(folder, done.returncode, done.stdout)


_ENCRYPTION = {"SSESpecification", "BucketEncryption", "StreamEncryption", "SqsManagedSseEnabled", "KmsMasterKeyId"}


def shown(properties: Mapping[str, Any], environment: Environment) -> dict[str, Any]:
    """Properties; without those of encryption where the key is the environment's own: see test_data_key.py."""
    hidden = _ENCRYPTION if environment.encryption == "customer" else set()
    return {name: value for name, value in properties.items() if name not in hidden}


def masked(value: object) -> str:
    """A template as text, asset hashes masked: they change with every edit of the code."""
    return _HASH.sub("<hash>", json.dumps(value, indent=1, sort_keys=True)) + "\n"


def text(value: Any) -> str:
    """A value with CloudFormation's functions, as one text: `${AWS::Region}`, `${Table.Arn}`."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [id, attribute]}:
            return f"${{{id}.{attribute}}}"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(text, parts))
        case {"Fn::Select": [index, {"Fn::Split": [separator, whole]}]}:
            return f"${{{text(whole)} split at {separator}, {index}}}"
        case {"Fn::Sub": str() as pattern}:
            return pattern
    raise ValueError(f"no text: {value}")


def _stacks(manifest: Path) -> list[Stack]:
    artifacts = json.loads(manifest.read_text())["artifacts"]
    stacks = {id: one for id, one in artifacts.items() if one["type"] == "aws:cloudformation:stack"}
    return [
        Stack(
            name=one["properties"]["stackName"],
            template=json.loads((manifest.parent / one["properties"]["templateFile"]).read_text()),
            termination_protection=one["properties"]["terminationProtection"],
            dependencies=[stacks[id]["properties"]["stackName"] for id in one.get("dependencies", ()) if id in stacks],
        )
        for one in stacks.values()
    ]

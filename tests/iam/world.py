"""The deployed app with roles enforced, used as its users and operators would."""

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from mypy_boto3_lambda import LambdaClient

from local.deployment import BUCKET, PREFIX, STATE_MACHINE, VIEWS_TABLE, Deployment
from local.emulator.process import Emulator
from local.paths import ROOT
from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.projections.dynamodb import DynamoDBRows
from tallygate.projections.dynamodb_notes import DynamoDBNotes
from tallygate.projections.lambda_sweeps import LambdaSweeps
from tallygate.projections.operations import Operations
from tests.iam.grants import Roles

SAMPLE = ROOT / "layers/domain"
STRAIN = Path(__file__).with_name("strain.py")
PATIENCE_SECONDS = 240.0
WORKERS = "WORKERS = (LOGBOOK, CARRIER_LOGBOOK)"


def write_domain(folder: Path) -> Path:
    """The sample with one worker more."""
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(STRAIN, folder)
    init = folder / "__init__.py"
    text = init.read_text()
    if text.count(WORKERS) != 1:
        raise LookupError(f"{WORKERS} is not in {SAMPLE}/__init__.py: mend tests/iam/world.py")
    strained = text.replace(WORKERS, "from domain.strain import STRAIN\n\nWORKERS = (LOGBOOK, CARRIER_LOGBOOK, STRAIN)")
    init.write_text(strained)
    return folder


@dataclass(frozen=True)
class Ended:
    """An execution that runs no more."""

    arn: str
    status: str
    output: Mapping[str, Any]
    trouble: str
    redrivable: bool


@dataclass(frozen=True)
class World:
    """The app on an emulator that enforces roles.

    Parameters
    ----------
    deployment : Deployment
    switch : Path
        See strain.py.
    """

    deployment: Deployment
    switch: Path

    @cached_property
    def roles(self) -> Roles:
        return Roles(self.deployment.emulator)

    @cached_property
    def functions(self) -> LambdaClient:
        settings = self.deployment.emulator.client_settings()
        return boto3.client("lambda", config=aws.config(read_timeout=300, attempts=1), **settings)

    @cached_property
    def operations(self) -> Operations:
        client = self.deployment.dynamodb
        return Operations(
            lambda id: DynamoDBRows(VIEWS_TABLE, id, client),
            DynamoDBNotes(VIEWS_TABLE, client),
            LambdaSweeps(PREFIX, self.functions),
        )

    def upload(self, name: str, content: str) -> str:
        """Put a manifest; returns its URI."""
        key = f"manifests/{name}.csv"
        self.deployment.s3.put_object(Bucket=BUCKET, Key=key, Body=content.encode())
        return f"s3://{BUCKET}/{key}"

    def strain(self, name: str, acts: str, *, dispatch: str = "map", **more: Any) -> dict[str, Any]:
        """Upload a manifest of items that do these acts, on streams of the batch's name; returns the batch's input."""
        lines = (f"{n},{act.partition('@')[0]},{act.partition('@')[2] or name}" for n, act in enumerate(acts.split()))
        body = "id,act,stream\n" + "\n".join(lines) + "\n"
        concurrency = {"concurrency": 4} if dispatch == "map" else {}
        given = {"manifest": self.upload(name, body), "name": name, "worker": "strain", "dispatch": dispatch}
        return {**given, **concurrency, **more}

    def start(self, given: Mapping[str, Any]) -> str:
        """Start an execution; returns its ARN."""
        started = self.deployment.machines.start_execution(stateMachineArn=STATE_MACHINE, input=json.dumps(given))
        return started["executionArn"]

    def wait(self, arn: str, seconds: float = PATIENCE_SECONDS) -> Ended:
        """Wait for an execution's end. Raises TimeoutError."""
        until = time.monotonic() + seconds
        while (found := self.deployment.machines.describe_execution(executionArn=arn))["status"] == "RUNNING":
            if time.monotonic() > until:
                raise TimeoutError(f"{arn} is still running after {seconds:.0f} s")
            time.sleep(0.3)
        trouble = f"{found.get('error', '')} {found.get('cause', '')}".strip()
        output = json.loads(found.get("output") or "{}")
        return Ended(arn, found["status"], output, trouble, found.get("redriveStatus") == "REDRIVABLE")

    def run(self, given: Mapping[str, Any]) -> Ended:
        """Start an execution and wait for its end."""
        return self.wait(self.start(given))

    def redrive_execution(self, ended: Ended) -> Ended:
        """Redrive an execution that failed, as from the console."""
        self.deployment.machines.redrive_execution(executionArn=ended.arn)
        return self.wait(ended.arn)

    def sweep(self, *consumers: str) -> None:
        """Sweep each until a whole sweep finds nothing missing."""
        for consumer in consumers:
            self.operations.rebuild(consumer, Deadline.after(PATIENCE_SECONDS))

    def drained(self, seconds: float = 60.0) -> None:
        """Wait until functions are called no more."""
        until, before = time.monotonic() + seconds, -1
        while time.monotonic() < until and (now := self._invocations()) != before:
            before = now
            time.sleep(2)

    def _invocations(self) -> int:
        counted = self.deployment.emulator.meter()["functions"]
        return sum(int(counts.get("invocations", 0)) for counts in counted.values())

    def consumers(self) -> list[str]:
        """The ids of what is swept, as deployed."""
        return sorted(name.removeprefix("sweep-") for name in self.roles.functions if name.startswith("sweep-"))

    def denied(self, function: str, action: str) -> int:
        """How often a function's role was refused an action."""
        role = self.roles.functions[function]
        seen = self.deployment.emulator.decisions()
        return sum(
            one["count"] for one in seen if (one["role"], one["action"], one["allowed"]) == (role, action, False)
        )


@contextmanager
def enforced(folder: Path) -> Iterator[World]:
    """Deploy, then enforce roles."""
    switch = folder / "switch"
    settings = {"IAM_SWITCH": str(switch), "SFN_WAIT_SCALE": "0.3"}
    with Emulator(folder=folder, settings=settings) as emulator:
        deployment = Deployment.make(emulator, domain=str(write_domain(folder / "domain")))
        emulator.enforce_roles()
        yield World(deployment, switch)

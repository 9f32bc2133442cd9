"""An environment of the emulator under upgrade: what was in it, and whether it is still."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3

from local import cdk, flights
from local.deployment import LOOKING_ON
from local.emulator.process import ACCOUNT, REGION, Emulator
from local.server import wait_until
from local.view_truth import summed, true_views
from tallygate.deadline import Deadline
from tallygate.events import EventStore
from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.events.overflow.s3 import S3Blobs
from tests.upgrade import fill
from tests.upgrade.release import ORDER, PREFIX

ROOT = Path(__file__).resolve().parents[2]
EVENTS, BATCHES, VIEWS = (f"{PREFIX}{table}" for table in ("events", "batches", "views"))
BUCKET, OVERFLOW = (f"{PREFIX}{name}-{ACCOUNT}-{REGION}" for name in ("batches", "overflow"))
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{PREFIX}batch"
WORKER = f"{PREFIX}work"
BAD_ROW = "2013,1,1,x,515,2,830,819,11,UA,9999,N0BAD,EWR,IAH,227,x,5,15,2013-01-01T10:00:00Z\n"
PATIENCE_SECONDS = 300
# What holds data, by the attribute that another one of the same name would have otherwise.
KEPT_TYPES = (
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::Kinesis::Stream",
    "AWS::SQS::Queue",
    "AWS::StepFunctions::StateMachine",
    "AWS::Logs::LogGroup",
    "AWS::Lambda::Function",
)


@dataclass(frozen=True)
class Manifest:
    """A manifest in the bucket; its good rows are in a file too."""

    name: str
    path: Path

    @property
    def uri(self) -> str:
        return f"s3://{BUCKET}/manifests/{self.name}.csv"


class World:
    """The environment `dev` on an emulator."""

    def __init__(self, emulator: Emulator, scratch: Path) -> None:
        self.emulator, self._scratch = emulator, scratch

    def client(self, service: str) -> Any:
        return boto3.client(service, config=LOOKING_ON, **self.emulator.client_settings())  # type: ignore[call-overload]

    @cached_property
    def dynamodb(self) -> Any:
        return self.client("dynamodb")

    @cached_property
    def machines(self) -> Any:
        return self.client("stepfunctions")

    @cached_property
    def functions(self) -> Any:
        return self.client("lambda")

    @property
    def store(self) -> EventStore:
        """The event store of the present code."""
        return EventStore(DynamoDBCommitLog(EVENTS, self.dynamodb, overflow=S3Blobs(OVERFLOW, self.client("s3"))))

    def large_commit(self) -> int:
        """The length of the text that overflowed."""
        log = DynamoDBCommitLog(EVENTS, self.dynamodb, overflow=S3Blobs(OVERFLOW, self.client("s3")))
        commit = log.commit_at(fill.LEDGER.stream("large"), 1, Deadline.after(30))
        assert commit is not None
        return len(commit.events[0].data["text"])

    def snapshots(self) -> list[str]:
        """The streams that have one."""
        return [item["pk"]["S"] for item in self.items(EVENTS) if item["sk"]["N"] == "0"]

    def deploy_the_present(self) -> None:
        """Synthesize the app as it is and deploy it with the CDK's CLI, all stacks in their order."""
        assembly = self._scratch / "cdk.out"
        program = f"{sys.executable} -m tests.upgrade.current"
        cdk.synth(self.emulator, context={"env": "dev"}, program=program, assembly=assembly)
        cdk.deploy(self.emulator, "Dev/*", assembly=assembly)

    def fill_with(self, code: Path) -> None:
        """Let a release's own library append."""
        path = {"PYTHONPATH": str(code / "layers"), "PATH": os.environ["PATH"]}
        program = [sys.executable, "-B", str(Path(fill.__file__)), EVENTS, OVERFLOW]
        subprocess.run(program, env={**self.emulator.environment(), **path}, check=True, timeout=120)

    def upload(self, name: str, rows: range, *more: str) -> Manifest:
        """Some rows of the flights as a manifest, and others after them that count for nothing."""
        lines = list(flights.lines(rows.stop))
        content = b"".join([lines[0], *lines[1 + rows.start :]])
        manifest = Manifest(name, self._scratch / f"{name}.csv")
        manifest.path.write_bytes(content)
        body = content + "".join(more).encode()
        self.client("s3").put_object(Bucket=BUCKET, Key=f"manifests/{name}.csv", Body=body)
        return manifest

    def start(self, **given: object) -> str:
        return str(self.machines.start_execution(stateMachineArn=MACHINE, input=json.dumps(given))["executionArn"])

    def end(self, execution: str) -> dict[str, Any]:
        """Wait for an execution's end; its output, or its error."""
        done = wait_until(lambda: self._status(execution) != "RUNNING", PATIENCE_SECONDS, every=0.2)
        assert done, f"still running; logs are in {self.emulator.folder}"
        described = self.machines.describe_execution(executionArn=execution)
        output: dict[str, Any] = json.loads(described.get("output") or "{}")
        return output | {key: described[key] for key in ("error", "cause") if described.get(key)}

    def _status(self, execution: str) -> str:
        return str(self.machines.describe_execution(executionArn=execution)["status"])

    def is_running(self, execution: str) -> bool:
        return self._status(execution) == "RUNNING"

    def chunks_done(self, batch: str) -> int:
        return sum(f"#{batch}#" in item["pk"]["S"] and "#chunk#" in item["sk"]["S"] for item in self.items(BATCHES))

    def stop_workers(self) -> None:
        """As an account without room would: every invocation is throttled."""
        self.functions.put_function_concurrency(FunctionName=WORKER, ReservedConcurrentExecutions=0)

    def let_workers_go(self) -> None:
        self.functions.delete_function_concurrency(FunctionName=WORKER)

    def items(self, table: str) -> list[dict[str, Any]]:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def commits(self) -> dict[tuple[str, int], str]:
        """The id of every commit."""
        return {
            (item["pk"]["S"], int(item["sk"]["N"])): item["commit_id"]["S"]
            for item in self.items(EVENTS)
            if item["sk"]["N"] != "0"
        }

    def flown(self) -> dict[str, int]:
        """Commits by aircraft, without the one that was painted."""
        streams: dict[str, int] = {}
        for stream, _ in self.commits():
            if stream.startswith("aircraft-") and stream != "aircraft-painted":
                streams[stream] = streams.get(stream, 0) + 1
        return streams

    def physical(self) -> dict[tuple[str, str], str]:
        """What holds data, with what tells it from another of the same name, by stack and logical id."""
        found = {}
        for stack in ORDER:
            for one in self.client("cloudformation").list_stack_resources(StackName=f"{PREFIX}{stack}")[
                "StackResourceSummaries"
            ]:
                if one["ResourceType"] in KEPT_TYPES:
                    id = one["PhysicalResourceId"]
                    found[stack, one["LogicalResourceId"]] = f"{id} {self._born(one['ResourceType'], id)}"
        return found

    def _born(self, kind: str, id: str) -> str:
        if kind == "AWS::DynamoDB::Table":
            table = self.dynamodb.describe_table(TableName=id)["Table"]
            return f"{table['TableId']} {table['CreationDateTime']} {table.get('LatestStreamArn')}"
        if kind == "AWS::StepFunctions::StateMachine":
            return str(self.machines.describe_state_machine(stateMachineArn=id)["creationDate"])
        if kind == "AWS::SQS::Queue":
            answer = self.client("sqs").get_queue_attributes(QueueUrl=id, AttributeNames=["CreatedTimestamp"])
            return str(answer["Attributes"]["CreatedTimestamp"])
        if kind == "AWS::Logs::LogGroup":
            groups = self.client("logs").describe_log_groups(logGroupNamePrefix=id)["logGroups"]
            return str(next(group["creationTime"] for group in groups if group["logGroupName"] == id))
        return ""

    def layers_of(self, function: str) -> list[str]:
        answer = self.functions.get_function_configuration(FunctionName=function)
        return [layer["Arn"] for layer in answer["Layers"]]

    def view_sums(self, *manifests: Manifest) -> list[str]:
        """Where the totals of the fleet differ from those of the manifests: nothing, if they are exact."""
        truth = summed({m.name: summed(true_views(m.path)["fleet-1"]) for m in manifests})
        deadline = time.monotonic() + 120
        while (found := self._totals("fleet-1")) != truth and time.monotonic() < deadline:
            time.sleep(1)
        return [f"{name}: {found[name]}, not {truth[name]}" for name in found | truth if found[name] != truth[name]]

    def _totals(self, consumer: str) -> Any:
        return summed({row["sk"]["S"]: _adds(row) for row in self.rows(consumer)})

    def rows(self, consumer: str) -> list[dict[str, Any]]:
        return [item for item in self.items(VIEWS) if item["pk"]["S"].startswith(f"{consumer}#") and "version" in item]

    def parked(self, consumer: str) -> dict[str, str]:
        """The streams that stand still, and why."""
        found = ((row["sk"]["S"], row.get("parked", {}).get("M", {})) for row in self.rows(consumer))
        return {stream: why["error"]["S"] for stream, why in found if why}


def _adds(row: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(amount["N"]) for name, amount in row.get("contribution", {"M": {}})["M"].items()}

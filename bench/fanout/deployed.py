"""The deployed consumers: switched on and off, heard by their log, and what their processes take."""

import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from domain import EFFECTS, PROJECTIONS
from local.deployment import COMMIT_STREAM, PREFIX, Deployment
from local.server import wait_until
from tallygate import aws

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_lambda import LambdaClient

CATEGORY = "aircraft"
PATIENCE_SECONDS = 30.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Applied:
    """A line of a consumer's log: what it had applied when."""

    consumer: str
    at: float
    streams: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Process:
    """What a function's processes took: the largest peak of resident memory, processor seconds of all."""

    peak_mb: float
    cpu_seconds: float


class Deployed:
    """The fan-out on an emulator.

    Parameters
    ----------
    deployment : Deployment

    Attributes
    ----------
    functions : mapping of str to str
        The name of each consumer's function, by the consumer's id.
    woken : tuple of str
        Consumers that follow the aircraft.
    """

    def __init__(self, deployment: Deployment) -> None:
        self.emulator = deployment.emulator
        projects = {one.id: f"{PREFIX}-project-{one.id}" for one in PROJECTIONS}
        self.functions = projects | {one.id: f"{PREFIX}-effect-{one.id}" for one in EFFECTS}
        self.woken = tuple(one.id for one in (*PROJECTIONS, *EFFECTS) if one.of.category == CATEGORY)
        self._log = Log(self.emulator.handler_log)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """A client as the library has it."""
        return boto3.client("dynamodb", config=aws.config(), **self.emulator.client_settings())

    @cached_property
    def kinesis(self) -> "KinesisClient":
        """The same."""
        return boto3.client("kinesis", config=aws.config(attempts=1), **self.emulator.client_settings())

    @cached_property
    def _lambda(self) -> "LambdaClient":
        return boto3.client("lambda", config=aws.config(), **self.emulator.client_settings())

    def switch(self, consumers: Iterable[str], *, on: bool) -> None:
        """Enable or disable the event source mappings of consumers, and wait until that is so."""
        for consumer in consumers:
            id = self._mappings[consumer]
            self._lambda.update_event_source_mapping(UUID=id, Enabled=on)
            wait_until(lambda: self._state(id) == ("Enabled" if on else "Disabled"), PATIENCE_SECONDS)  # noqa: B023

    def heard(self) -> list[Applied]:
        """What the consumers have logged since the last call."""
        return list(self._log.lines())

    def process(self, consumer: str) -> Process:
        """The processes of the consumer's function as they are now."""
        found = [_process(pid) for pid in self._pids(self.functions[consumer])]
        return Process(max((one.peak_mb for one in found), default=0.0), sum(one.cpu_seconds for one in found))

    @cached_property
    def _mappings(self) -> Mapping[str, str]:
        answer = self._lambda.list_event_source_mappings(EventSourceArn=self._stream_arn)
        by_function = {one["FunctionArn"].rsplit(":", 1)[1]: one["UUID"] for one in answer["EventSourceMappings"]}
        return {consumer: by_function[function] for consumer, function in self.functions.items()}

    @property
    def _stream_arn(self) -> str:
        return self.kinesis.describe_stream_summary(StreamName=COMMIT_STREAM)["StreamDescriptionSummary"]["StreamARN"]

    def _state(self, id: str) -> str:
        return self._lambda.get_event_source_mapping(UUID=id)["State"]

    def _pids(self, function: str) -> Iterator[int]:
        """Worker processes run a file in a folder that is named after their function."""
        mark = f"{self.emulator.folder}/tmp/ministack-lambda-{function}-".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "cmdline").read_bytes():
                    yield int(folder.name)
            except OSError:  # it has ended
                continue


class Log:
    """The functions' log, read on from where it was read to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def lines(self) -> Iterator[Applied]:
        """The lines that consumers wrote of what they applied."""
        if not self._path.exists():
            return
        with self._path.open("rb") as log:
            log.seek(self._read)
            for line in log:
                if not line.endswith(b"\n"):  # it is being written
                    return
                self._read += len(line)
                if b'"message":"applied"' in line:
                    yield _applied(json.loads(line[line.index(b"{") :]))


def progress(applied: Iterable[Applied]) -> Counter[str]:
    """Commits applied by consumer."""
    commits: Counter[str] = Counter()
    for one in applied:
        commits[one.consumer] += sum(version - before for before, version in one.streams.values())
    return commits


def _applied(line: Mapping[str, Any]) -> Applied:
    streams = {one["stream"]: (one["before"], one["version"]) for one in line["streams"]}
    return Applied(line["consumer"], datetime.fromisoformat(line["applied"]).timestamp(), streams)


def _process(pid: int) -> Process:
    status = Path(f"/proc/{pid}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return Process(peak / 1024, (int(user) + int(system)) / _TICKS)


def settled(deployed: Deployed, expected: Mapping[str, int], seconds: float) -> list[Applied]:
    """Listen until each consumer has applied so many commits. Raises `TimeoutError` if one hasn't in time."""
    heard: list[Applied] = []
    until = time.monotonic() + seconds
    while True:
        heard += deployed.heard()
        have = progress(heard)
        if all(have[consumer] >= count for consumer, count in expected.items()):
            return heard
        if time.monotonic() > until:
            raise TimeoutError(f"after {seconds:g} s {dict(have)} commits of {dict(expected)} are applied")
        time.sleep(0.1)

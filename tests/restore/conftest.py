"""Tables of an environment on an emulator, without the app: what the command of the restore looks at."""

import io
import os
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from local.deployment import LOOKING_ON
from local.emulator.process import Emulator
from tallygate import aws
from tallygate.events import EventStore
from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.events.overflow.s3 import S3Blobs
from tallygate.restore.__main__ import main
from tests.accounts import ACCOUNT, deposit
from tests.tables import create_batches_table, create_events_table

ROLE = "arn:aws:iam::000000000000:role/none"
CLIENTS = (aws.dynamodb, aws.functions, aws.kms, aws.parameters, aws.s3)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """The library's own clients reach it: the command makes them itself. Not for the session: others have their own."""
    with Emulator() as started:
        saved = dict(os.environ)
        os.environ.update(started.environment())
        for client in CLIENTS:
            client.cache_clear()
        yield started
        os.environ.clear()
        os.environ.update(saved)
        for client in CLIENTS:
            client.cache_clear()


def _code() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("handler.py", "def handler(event, context): return None")
    return content.getvalue()


class Place:
    """An environment: its tables, its bucket, and the worker function, which says what is in use."""

    def __init__(self, emulator: Emulator, name: str, *, recovery: bool) -> None:
        self.name, self.table, self.bucket = name, f"tallygate-{name}-events", f"tallygate-{name}-overflow"
        self._settings = emulator.client_settings()
        self.dynamodb: Any = self.client("dynamodb")
        self.functions = self.client("lambda")
        create_events_table(self.dynamodb, self.table)
        create_batches_table(self.dynamodb, f"tallygate-{name}-batches")
        self.dynamodb.update_table(
            TableName=self.table, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        )
        self.dynamodb.update_table(TableName=self.table, DeletionProtectionEnabled=True)
        self.dynamodb.tag_resource(ResourceArn=self.look(self.table)["TableArn"], Tags=[{"Key": "team", "Value": "a"}])
        self.dynamodb.update_continuous_backups(
            TableName=self.table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": recovery}
        )
        self.client("s3").create_bucket(Bucket=self.bucket)
        self.functions.create_function(
            FunctionName=f"tallygate-{name}-work",
            Runtime="python3.13",
            Handler="handler.handler",
            Role=ROLE,
            Code={"ZipFile": _code()},
            Environment={"Variables": self._uses(self.table, 1)},
        )

    def client(self, service: str) -> Any:
        return boto3.client(service, config=LOOKING_ON, **self._settings)  # type: ignore[call-overload]

    def switch(self, table: str, epoch: int) -> None:
        """As a deployment does."""
        self.functions.update_function_configuration(
            FunctionName=f"tallygate-{self.name}-work", Environment={"Variables": self._uses(table, epoch)}
        )

    def store(self, table: str = "", epoch: int = 1) -> EventStore:
        log = DynamoDBCommitLog(table or self.table, self.dynamodb, overflow=S3Blobs(self.bucket, self.client("s3")))
        return EventStore(log, epoch=epoch)

    def deposit(self, id: str, command: str, store: EventStore | None = None) -> int:
        """Carry out a command on an account; its balance."""
        done = (store or self.store()).execute(ACCOUNT, id, deposit, command_id=command, since=datetime.now(UTC))
        return done.state

    def look(self, table: str) -> dict[str, Any]:
        found: dict[str, Any] = self.dynamodb.describe_table(TableName=table)["Table"]
        return found

    def run(self, command: str, *arguments: str) -> int:
        """The command as one types it."""
        fast = ("--poll-seconds", "0.2") if command == "table" else ()
        return main([command, "--environment", self.name, *arguments, *fast])

    def _uses(self, table: str, epoch: int) -> dict[str, str]:
        return {"EVENTS_TABLE": table, "EVENTS_EPOCH": str(epoch), "OVERFLOW_BUCKET": self.bucket}


@pytest.fixture
def place(emulator: Emulator) -> Callable[..., Place]:
    """Makes one, by its name."""
    return lambda name, recovery=True: Place(emulator, name, recovery=recovery)


def moment() -> str:
    """A second that lies between what is stored before and after this call, as a time."""
    time.sleep(1.1)
    at = datetime.now(UTC).replace(microsecond=0)
    time.sleep(1.1)
    return at.isoformat().replace("+00:00", "Z")

"""What `Local/*` deploys, by name, and clients that reach it: for the demo and the end-to-end tests."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from local import cdk
from local.emulator.process import ACCOUNT, REGION, Emulator

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

PREFIX = "tallygate-local"
EVENTS_TABLE = f"{PREFIX}-events"
BATCHES_TABLE = f"{PREFIX}-batches"
BUCKET = f"{PREFIX}-batches-{ACCOUNT}-{REGION}"
STATE_MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{PREFIX}-batch"
WORKER = f"{PREFIX}-work"
GATEKEEPER = f"{PREFIX}-gatekeeper"
VIEWS_TABLE = f"{PREFIX}-views"
COMMIT_STREAM = f"{PREFIX}-commits"
OUTBOX_BUS = f"{PREFIX}-outbox"
RELAY = f"{PREFIX}-relay"

LOOKING_ON = Config(
    user_agent_extra="tallygate-observer",  # the meter does not count those who only look on
    connect_timeout=2,
    read_timeout=30,
    retries={"total_max_attempts": 3, "mode": "standard"},
)


@dataclass(frozen=True)
class Deployment:
    """The app on an emulator. Its clients look on: what they cost is not counted."""

    emulator: Emulator

    @classmethod
    def make(cls, emulator: Emulator, **context: str) -> "Deployment":
        """Bootstrap, synthesize and deploy; `context` goes to the CDK app (`domain=…`). Raises cdk.CdkError."""
        with cdk.assembly_lock(), ThreadPoolExecutor(max_workers=1) as beside:
            bootstrapped = beside.submit(cdk.bootstrap, emulator)
            cdk.synth(emulator, context=context)
            bootstrapped.result()
            cdk.deploy(emulator)
        return cls(emulator)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """A DynamoDB client."""
        return boto3.client("dynamodb", config=LOOKING_ON, **self.emulator.client_settings())

    @cached_property
    def s3(self) -> "S3Client":
        """An S3 client."""
        return boto3.client("s3", config=LOOKING_ON, **self.emulator.client_settings())

    @cached_property
    def machines(self) -> "SFNClient":
        """A Step Functions client."""
        return boto3.client("stepfunctions", config=LOOKING_ON, **self.emulator.client_settings())

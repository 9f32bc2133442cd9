"""A deployed environment on AWS, with no more permissions than `stacks/constructs/smoke_permissions.py` gives."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.records import ChunkRecord
from tallygate.deadline import Deadline
from tallygate.events import EventStore
from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.put_if_absent import resend
from tallygate.smoke.deployed import Ended, Stream
from tallygate.smoke.errors import NotDeployed, Refused, TimedOut
from tallygate.smoke.worker import STREAM

T = TypeVar("T")

ANY_EPOCH = 1_000_000  # whoever only reads its own streams needs not know how often the table was restored
POLL_SECONDS = 1.0
CALL_SECONDS = 20.0
_ABSENT = {"ResourceNotFoundException", "StateMachineDoesNotExist", "NoSuchBucket"}
_REFUSED = {
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}


class AwsDeployed:
    """An environment by its name.

    Parameters
    ----------
    environment : str
        Such as `dev`.
    events_table : str
        By default the one that the stack has made; after a restore it is another.
    """

    def __init__(self, environment: str, *, events_table: str = "") -> None:
        self._environment, self._prefix = environment, f"tallygate-{environment}"
        self._batches = DynamoDBBatchStore(f"{self._prefix}-batches")
        self._events = EventStore(DynamoDBCommitLog(events_table or f"{self._prefix}-events"), epoch=ANY_EPOCH)

    def upload(self, name: str, content: str) -> str:
        """See `Deployed.upload`."""
        bucket = f"{self._prefix}-batches-{self._account}-{self._region}"
        key = f"manifests/smoke/{name}.csv"
        self._call(lambda: aws.s3().put_object(Bucket=bucket, Key=key, Body=content.encode()), "the upload")
        return f"s3://{bucket}/{key}"

    def run(self, execution: str, given: Mapping[str, object], until: Deadline) -> Ended:
        """See `Deployed.run`."""
        self._start(execution, json.dumps(given))
        arn = self._arn("execution", f":{execution}")
        while True:
            found = self._call(lambda: aws.stepfunctions().describe_execution(executionArn=arn), "the look at it")
            if found["status"] != "RUNNING":
                why = f"{found.get('error', '')}: {found.get('cause', '')}"
                return Ended(status=found["status"], output=json.loads(found.get("output") or "{}"), why=why)
            if until.left < POLL_SECONDS:
                raise TimedOut(
                    f"the execution {execution} is still running, in state {self._state(arn)!r}: look at it in the "
                    f"console of Step Functions, machine {self._prefix}-batch"
                )
            time.sleep(POLL_SECONDS)

    def _start(self, execution: str, given: str) -> None:
        """Start under a name; sent twice, because the answer was lost, it is the same start."""
        machine = self._arn("stateMachine")
        try:
            self._call(
                lambda: aws.stepfunctions().start_execution(stateMachineArn=machine, name=execution, input=given),
                "the start",
            )
        except ClientError as exc:
            if aws.error_code(exc) != "ExecutionAlreadyExists":
                raise

    def _arn(self, kind: str, rest: str = "") -> str:
        return f"arn:{self._partition}:states:{self._region}:{self._account}:{kind}:{self._prefix}-batch{rest}"

    def records(self, batch: str) -> Sequence[ChunkRecord]:
        """See `Deployed.records`."""
        manifest = self._told(lambda: self._batches.manifest(batch, 0))
        return self._told(lambda: list(self._batches.chunks(manifest, consistent=True))) if manifest else []

    def stream(self, id: str) -> Stream:
        """See `Deployed.stream`."""
        loaded = self._told(lambda: self._events.load(STREAM, id))
        return Stream(version=loaded.version, state=loaded.state)

    @cached_property
    def _table_arn(self) -> Sequence[str]:
        """The parts of the batches table's ARN: it tells partition, Region and account, and that there is one."""
        table = f"{self._prefix}-batches"
        answer = self._call(lambda: aws.dynamodb().describe_table(TableName=table), f"the look at {table}")
        return answer["Table"]["TableArn"].split(":", 5)

    @property
    def _partition(self) -> str:
        return self._table_arn[1]

    @property
    def _region(self) -> str:
        return self._table_arn[3]

    @property
    def _account(self) -> str:
        return self._table_arn[4]

    def _state(self, arn: str) -> str:
        """The state that was entered last."""
        history = self._call(
            lambda: aws.stepfunctions().get_execution_history(executionArn=arn, reverseOrder=True, maxResults=100),
            "the look at its history",
        )
        entered = (event["stateEnteredEventDetails"]["name"] for event in history["events"] if _enters(event))
        return next(entered, "not known")

    def _call(self, call: Callable[[], T], what: str) -> T:
        return self._told(lambda: resend(call, Deadline.after(CALL_SECONDS), what=what))

    def _told(self, call: Callable[[], T]) -> T:
        """The call's answer; an error of AWS in words."""
        try:
            return call()
        except ClientError as exc:
            code = aws.error_code(exc)
            if code in _ABSENT:
                raise NotDeployed(
                    f"there is no environment {self._environment!r} in this account and Region ({exc}): deploy it "
                    f"with make deploy ENV={self._environment}, or set AWS_PROFILE and AWS_REGION"
                ) from exc
            if code in _REFUSED:
                raise Refused(
                    f"AWS refused it: {exc}. What the smoke test needs stands in docs/deploy.md, and whom AWS took "
                    "you for in the message"
                ) from exc
            raise


def _enters(event: Mapping[str, object]) -> bool:
    return "stateEnteredEventDetails" in event

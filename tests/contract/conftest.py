"""One fixture per port; each runs on all backends that implement it."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_s3 import S3Client

from local.emulator.process import Emulator
from tallygate import aws
from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.memory import MemoryBatchStore
from tallygate.batch.memory_objects import MemoryObjectStore
from tallygate.batch.objects import ObjectStore
from tallygate.batch.plan.location import Location
from tallygate.batch.s3_objects import S3ObjectStore
from tallygate.batch.store import BatchStore
from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.events.log import CommitLog
from tallygate.events.memory import MemoryCommitLog
from tallygate.projections.dynamodb import DynamoDBRows
from tallygate.projections.dynamodb_notes import DynamoDBNotes
from tallygate.projections.dynamodb_streams import DynamoDBStreams
from tallygate.projections.memory import MemoryRows
from tallygate.projections.notes import MemoryNotes, Notes
from tallygate.projections.rows import Rows
from tallygate.projections.streams import MemoryStreams, Streams
from tests.conftest import ANYBODY
from tests.tables import create_batches_table, create_events_table, create_views_table

BACKENDS = ["memory", "moto", "emulator", "dynamodb-local"]
# moto checks a condition and writes in two steps, between which another thread may write: no judge of a race.
JUDGES_OF_A_RACE = ["memory", "emulator", "dynamodb-local"]
BUCKET, UNVERSIONED = "batches", "unversioned"
Upload = Callable[[Location, bytes], None]


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(scope="session")
def emulator_client(emulator: Emulator) -> DynamoDBClient:
    return boto3.client("dynamodb", config=aws.config(), **emulator.client_settings())


def _client(request: pytest.FixtureRequest) -> DynamoDBClient:
    fixtures = {"moto": "moto_client", "emulator": "emulator_client", "dynamodb-local": "dynamodb_local_client"}
    client: DynamoDBClient = request.getfixturevalue(fixtures[request.param])
    return client


@pytest.fixture(params=BACKENDS)
def commit_log(request: pytest.FixtureRequest) -> CommitLog:
    if request.param == "memory":
        return MemoryCommitLog()
    client = _client(request)
    return DynamoDBCommitLog(create_events_table(client, f"events-{uuid4()}"), client)


@pytest.fixture(params=BACKENDS)
def batch_store(request: pytest.FixtureRequest) -> BatchStore:
    if request.param == "memory":
        return MemoryBatchStore()
    client = _client(request)
    return DynamoDBBatchStore(create_batches_table(client, f"batches-{uuid4()}"), client)


@pytest.fixture(params=BACKENDS)
def rows(request: pytest.FixtureRequest) -> Rows:
    if request.param == "memory":
        return MemoryRows("fleet-1")
    client = _client(request)
    return DynamoDBRows(create_views_table(client, f"views-{uuid4()}"), "fleet-1", client)


@pytest.fixture(params=BACKENDS)
def notes(request: pytest.FixtureRequest) -> Notes:
    if request.param == "memory":
        return MemoryNotes()
    client = _client(request)
    return DynamoDBNotes(create_views_table(client, f"views-{uuid4()}"), client)


@pytest.fixture(params=BACKENDS)
def log_and_streams(request: pytest.FixtureRequest) -> tuple[CommitLog, Streams]:
    if request.param == "memory":
        log = MemoryCommitLog()
        return log, MemoryStreams(log)
    client = _client(request)
    table = create_events_table(client, f"events-{uuid4()}")
    return DynamoDBCommitLog(table, client), DynamoDBStreams(table, client)


@pytest.fixture(params=["memory", "moto", "emulator"])
def object_store(request: pytest.FixtureRequest) -> Iterator[tuple[ObjectStore, Upload]]:
    """An object store and a way for a user to upload; one bucket keeps versions, the other doesn't."""
    if request.param == "memory":
        memory = MemoryObjectStore(BUCKET, frozenset({UNVERSIONED}))
        yield memory, memory.upload
    elif request.param == "moto":
        with mock_aws():
            yield _s3_objects(boto3.client("s3", config=aws.config(), **ANYBODY))
    else:
        yield _s3_objects(request.getfixturevalue("emulator_s3"))


@pytest.fixture(scope="session")
def emulator_s3(emulator: Emulator) -> S3Client:
    return boto3.client("s3", config=aws.config(read_timeout=20.0), **emulator.client_settings())


def _s3_objects(client: S3Client) -> tuple[ObjectStore, Upload]:
    for bucket in (BUCKET, UNVERSIONED):
        client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})

    def upload(location: Location, content: bytes) -> None:
        client.put_object(Bucket=location.bucket, Key=location.key, Body=content)

    return S3ObjectStore(BUCKET, client), upload

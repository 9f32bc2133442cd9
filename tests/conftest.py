"""Backends that several folders of tests share. Every one of them listens on this machine only."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import boto3
import pytest
from moto import mock_aws
from mypy_boto3_dynamodb import DynamoDBClient
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from local.dynamodb_local import DynamoDBLocal
from tallygate import aws
from tests.infra.environments import take

take()  # before any test looks at environments

_BY_LENGTH = (
    "upgrade",
    "e2e",
    "restore",
    "exploration",
    "simulation",
    "local",
    "infra",
    "faults",
    "contract",
    "unit",
    "bench",
    "history",
    "docs",
    "guards",
)
# Whose tests share servers, a deployment or a synthesis, and stay together; others are spread file by file.
_TOGETHER = {"e2e", "restore", "local", "infra", "faults", "contract", "bench", "history"}
LONGEST_FIRST = {folder: place for place, folder in enumerate(_BY_LENGTH)}


class _Anybody(TypedDict):
    region_name: str
    aws_access_key_id: str
    aws_secret_access_key: str


# What an emulator takes for credentials.
ANYBODY = _Anybody(region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture(scope="session")
def dynamodb_local_client() -> Iterator[DynamoDBClient]:
    """AWS's own DynamoDB Local, with Tallygate's deadlines."""
    with DynamoDBLocal() as server:
        yield boto3.client("dynamodb", endpoint_url=server.endpoint, config=aws.config(), **ANYBODY)


@pytest.fixture
def moto_client() -> Iterator[DynamoDBClient]:
    with mock_aws():
        yield boto3.client("dynamodb", config=aws.config(), **ANYBODY)


class ByFolder(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Tests that share something stay on one worker, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        folder = path.split("/")[1]
        if folder == "simulation":
            return nodeid
        return folder if folder in _TOGETHER else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    """Ours, whatever `--dist` says: marks for `loadgroup` have no effect with pytest 9."""
    config.option.loadscopereorder = False
    return ByFolder(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The folder that waits most comes first, so that others fill the time."""
    tests = Path(__file__).parent
    items.sort(key=lambda item: LONGEST_FIRST.get(item.path.relative_to(tests).parts[0], len(LONGEST_FIRST)))

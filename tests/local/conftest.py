"""Servers shared by the tests of this folder."""

from collections.abc import Iterator

import pytest

from local.dynamodb_local import DynamoDBLocal
from local.emulator.process import Emulator
from tests.local.tiny_aws import TinyAws


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(scope="session")
def aws(emulator: Emulator) -> TinyAws:
    return TinyAws(emulator)


@pytest.fixture(scope="session")
def dynamodb_local() -> Iterator[DynamoDBLocal]:
    with DynamoDBLocal() as running:
        yield running

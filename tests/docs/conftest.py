"""Snippets that name AWS meet moto's."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tallygate import aws
from tests.tables import create_events_table, create_views_table


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account with the deployed tables in it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        aws.dynamodb.cache_clear()
        create_events_table(aws.dynamodb(), "tallygate-dev-events")
        create_views_table(aws.dynamodb(), "tallygate-dev-views")
        yield
    aws.dynamodb.cache_clear()

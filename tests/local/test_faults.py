"""The faults strike as often as they should, where they should, and again for the same seed."""

from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from local.faults.deaths import deaths
from local.faults.wire import FAULTS, WireFaults
from tests.local.tiny_aws import TinyAws

PUTS = 80
RETRIES = Config(retries={"total_max_attempts": 8, "mode": "legacy"}, connect_timeout=2, read_timeout=5)


def put_many(aws: TinyAws, *, seed: int, log: Path) -> tuple[dict[str, int], float]:
    """Put through the proxy; returns the faults that struck and the writes that reached the table."""
    table = aws.table()
    with WireFaults(upstream=aws.emulator.endpoint, seed=seed, log=log) as faults:
        settings = {**aws.emulator.client_settings(), "endpoint_url": faults.endpoint}
        client = boto3.client("dynamodb", config=RETRIES, **settings)
        for number in range(PUTS):
            client.put_item(TableName=table, Item={"pk": {"S": "p"}, "sk": {"N": str(number)}})
        fired = faults.fired()
    assert len(aws.dynamodb.scan(TableName=table)["Items"]) == PUTS
    return fired, aws.emulator.meter()["tables"][table]["PutItem"]["calls"]


@pytest.mark.long
@pytest.mark.slow
def test_one_in_twenty_of_each_and_the_same_again(aws: TinyAws, tmp_path: Path) -> None:
    fired, landed = put_many(aws, seed=7, log=tmp_path / "faults.log")
    assert fired.keys() == FAULTS.keys()
    before, after = fired.values()
    assert 1 <= before <= 20
    assert 1 <= after <= 20
    assert landed == PUTS + after  # a write that landed but whose answer was lost is sent again, and counted again
    assert put_many(aws, seed=7, log=tmp_path / "faults.log") == (fired, landed)


def test_deaths_are_chosen_by_the_seed() -> None:
    assert deaths(seed=1, chunks=20) == deaths(seed=1, chunks=20) != deaths(seed=2, chunks=20)
    assert len(deaths(seed=1, chunks=20)) == 4
    assert len(deaths(seed=1, chunks=3)) == 2
    assert deaths(seed=1, chunks=1).keys() == {1}

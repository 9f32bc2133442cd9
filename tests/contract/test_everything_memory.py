"""Reading everything takes little memory, measured in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from tallygate.events import Commit, StoredEvent, stream_id
from tallygate.events.items import commit_item
from tests.contract.exporter import export
from tests.contract.test_commit_log import AT, noise
from tests.contract.test_everything import fill

_MEASURED = """
import json, sys, time
from pathlib import Path
import boto3
from tallygate import aws
from tallygate.events.everything import read_export, scan

def peak():  # not `ru_maxrss`, which a process inherits from the one that started it
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) // 1024

kind, where, table = sys.argv[1:]
if kind == "scan":
    client = boto3.client("dynamodb", endpoint_url=where, config=aws.config())
    reading = scan(client, table, segments=4, page_seconds=120)
else:
    reading = read_export(Path(where), spool=Path(where).parent)
before = peak()
next(reading)
time.sleep(8)  # a slow reader: what was read ahead is waiting now
count = 1 + sum(1 for _ in reading)
print(json.dumps([count, peak() - before]))
"""


def measured(*arguments: str) -> tuple[int, int]:
    """Commits, and MB by which the peak of a process's memory grew while it read them."""
    environment = os.environ | {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "PYTHONPATH": "layers",
    }
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    count, grown = json.loads(done.stdout)
    return count, grown


@pytest.mark.long
def test_an_export_of_any_size_is_read_in_little_memory(tmp_path: Path) -> None:
    def items() -> Iterator[dict[str, Any]]:
        text = noise(800)
        for version in range(1, 501):
            for stream in range(100):
                commit = Commit(
                    stream_id("account", str(stream)),
                    version,
                    f"{stream}-{version}",
                    (StoredEvent("Noted", 1, {"text": text}),),
                    (),
                    AT,
                )
                yield commit_item(commit).item

    folder = export(tmp_path / "e", items())
    count, grown = measured("export", str(folder), "")
    assert count == 50_000  # 60 MB of JSON
    assert grown < 65  # all of it at once: 94


@pytest.mark.long
def test_a_table_of_any_size_is_scanned_in_little_memory(dynamodb_local_client: DynamoDBClient) -> None:
    large = (StoredEvent("Noted", 1, {"text": noise(300_000)}),)
    commits = [
        Commit(stream_id("account", str(stream)), version, str(uuid4()), large, (), AT)
        for stream in range(20)
        for version in range(1, 16)
    ]
    table = fill(dynamodb_local_client, (commit_item(commit).item for commit in commits))
    count, grown = measured("scan", dynamodb_local_client.meta.endpoint_url, table)
    assert count == 300  # 67 MB in the table
    assert grown < 40  # without a bound on what is read ahead: 51

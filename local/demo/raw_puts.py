"""How many conditional puts a second the emulator takes, with nothing of ours in between: the bound for a batch.

    python raw_puts.py ENDPOINT TABLE THREADS SECONDS NAME

is one client process: it waits for a line on standard input, puts until the time is over, prints how many. The
parent measures with several of them at once, against a scratch table with the shape of the events table.
"""

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from local.deployment import Deployment

SECONDS = 2.5
THREADS = 8
TABLE = "raw-puts"
PAYLOAD = "x" * 350
"""About the size of a commit of one flight."""


def measure(deployment: "Deployment", *, processes: int, seconds: float = SECONDS) -> float:
    """Return conditional puts per second, with `processes` clients of THREADS threads each."""
    make_table(deployment)
    command = [sys.executable, str(Path(__file__)), deployment.emulator.endpoint, TABLE, str(THREADS), str(seconds)]
    clients = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(processes)
    ]
    try:
        for client in clients:
            if client.stdout is not None:
                client.stdout.readline()  # it is ready
        return sum(int(client.communicate("go\n")[0] or 0) for client in go(clients)) / seconds
    finally:
        for client in clients:
            client.kill()
            client.wait()
        deployment.dynamodb.delete_table(TableName=TABLE)


def go(clients: "list[subprocess.Popen[str]]") -> "list[subprocess.Popen[str]]":
    """Let all clients begin, now that all are ready."""
    for client in clients:
        if client.stdin is not None:
            client.stdin.write("go\n")
            client.stdin.flush()
    return clients


def make_table(deployment: "Deployment") -> None:
    """Make the scratch table."""
    deployment.dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )


def put_for(endpoint: str, table: str, threads: int, seconds: float, name: str) -> int:
    """Put new items, each on condition that it is new, for some seconds. Returns how many."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="000000000000",
        aws_secret_access_key="local",  # noqa: S106  # made up
        config=Config(max_pool_connections=threads),
    )
    done = [0] * threads
    client.describe_table(TableName=table)
    print("ready", flush=True)
    sys.stdin.readline()
    deadline = time.monotonic() + seconds

    def put(thread: int) -> None:
        while time.monotonic() < deadline:
            client.put_item(
                TableName=table,
                Item={"pk": {"S": f"{name}-{thread}"}, "sk": {"N": str(done[thread])}, "events": {"S": PAYLOAD}},
                ConditionExpression="attribute_not_exists(pk)",
            )
            done[thread] += 1

    running = [threading.Thread(target=put, args=(thread,)) for thread in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sum(done)


if __name__ == "__main__":
    endpoint, table, threads, seconds, name = sys.argv[1:]
    print(put_for(endpoint, table, int(threads), float(seconds), name), flush=True)

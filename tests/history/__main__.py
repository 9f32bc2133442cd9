"""`python -m tests.history`: DynamoDB Local, faulty wires, client processes; then the judge."""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import boto3
from rich.console import Console
from rich.progress import Progress

from local.dynamodb_local import DynamoDBLocal
from local.faults.wire import ALL, WireFaults
from local.paths import ROOT
from tallygate import aws
from tests.conftest import ANYBODY
from tests.tables import create_events_table

TABLE = "events"
POLL_SECONDS = 1.0


def main(arguments: list[str]) -> int:
    """Run the clients, then the judge."""
    given = _options(arguments)
    console = Console(highlight=False)
    console.print(f"{given.appends:,} appends, seed {given.seed}, {given.fault_rate:.1%} of the puts meet a fault")
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="history-")))
        server = running.enter_context(DynamoDBLocal(log=folder / "dynamodb.log"))
        direct = boto3.client("dynamodb", endpoint_url=server.endpoint, config=aws.config(), **ANYBODY)
        create_events_table(direct, TABLE)
        wires = [
            running.enter_context(
                WireFaults(
                    upstream=server.endpoint,
                    seed=given.seed + number,
                    log=folder / f"wire-{number}.log",
                    probability=given.fault_rate / len(ALL),
                    faults=ALL,
                )
            )
            for number in range(given.processes)
        ]
        started = time.monotonic()
        clients = [_client(wire.endpoint, number, given, folder) for number, wire in enumerate(wires)]
        failed = _watch(clients, folder, given.appends, console)
        seconds = time.monotonic() - started
        fired = Counter(dict.fromkeys(ALL, 0))
        for wire in wires:
            fired.update(wire.fired())
        console.print(f"{seconds:.0f} s, {given.appends / seconds:.0f} appends a second; faults: {dict(fired)}")
        if failed:
            console.print(f"{failed} client processes failed: nothing is proved")
            return 2
        judge = [sys.executable, "-m", "tests.history.check", str(folder), "--endpoint", server.endpoint]
        return subprocess.run(
            [*judge, "--table", TABLE, "--appends", str(given.appends)], cwd=ROOT, check=False
        ).returncode


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.history")
    parser.add_argument("--appends", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--fault-rate", type=float, default=0.05, help="of the puts, all faults together")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    given = parser.parse_args(arguments)
    if given.appends < 1 or not 1 <= given.processes <= 16 or not 0 <= given.fault_rate <= 0.5:
        parser.error("--appends from 1, --processes 1 to 16, --fault-rate 0 to 0.5")
    return given


def _client(endpoint: str, number: int, given: argparse.Namespace, folder: Path) -> subprocess.Popen[bytes]:
    told = [endpoint, TABLE, str(number), str(given.processes), str(given.appends), str(given.seed), str(folder)]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers'}"}
    with (folder / f"client-{number}.log").open("w") as log:
        command = [sys.executable, "-m", "tests.history.client", *told]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log)


def _watch(clients: list[subprocess.Popen[bytes]], folder: Path, appends: int, console: Console) -> int:
    """Wait for the clients; returns how many failed."""
    positions: Counter[Path] = Counter()
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("appends", total=appends)
        while any(client.poll() is None for client in clients):
            time.sleep(POLL_SECONDS)
            for history in folder.glob("history-*.jsonl"):
                with history.open("rb") as lines:
                    lines.seek(positions[history])
                    new = lines.read()
                positions[history] += len(new)
                progress.advance(task, new.count(b'"outcome": "ok"'))
    for number, client in enumerate(clients):
        if client.returncode:
            console.print((folder / f"client-{number}.log").read_text()[-2000:], markup=False)
    return sum(client.returncode != 0 for client in clients)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

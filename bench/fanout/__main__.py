"""`python -m bench.fanout`: measure, print, write `bench/results/fanout.json`; exit 1 where a must is missed."""

import json
import sys
from dataclasses import asdict

from rich.console import Console

from bench.fanout import on_emulator, tables, targets, undeployed
from bench.fanout.aims import aims_table, status
from local.dynamodb_local import DynamoDBLocal
from local.paths import ROOT

RESULT = ROOT / "bench" / "results" / "fanout.json"


def main() -> int:
    """Run everything, first on DynamoDB Local, then on the app deployed to the emulator; about five minutes."""
    console = Console(width=110 if not sys.stdout.isatty() else None, highlight=False)
    with DynamoDBLocal() as server:
        parts = undeployed.measure(server.endpoint)
    for table in tables.of_undeployed(parts):
        console.print(table)
    deployed = on_emulator.measure()
    for table in tables.of_deployed(deployed):
        console.print(table)
    aims = (*targets.of_undeployed(parts), *targets.of_deployed(deployed))
    console.print(aims_table(aims))
    told = {"aims": [asdict(aim) | {"met": aim.met} for aim in aims]}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(asdict(parts) | asdict(deployed) | told, indent=1) + "\n")
    return status(aims)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench.fanout`: measure, print, write `bench/results/fanout.json`; exit 1 where a must is missed."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict

from rich.console import Console

from bench.fanout import tables, targets, undeployed
from bench.fanout.aims import aims_table, status
from bench.fanout.burst import Burst, burst
from bench.fanout.consumer import CONSUMER
from bench.fanout.deployed import Deployed
from bench.fanout.flights import first_commits
from bench.fanout.latency import Latency, latency
from local.deployment import Deployment
from local.dynamodb_local import DynamoDBLocal
from local.emulator.process import Emulator, new_run_folder
from local.paths import ROOT

RESULT = ROOT / "bench" / "results" / "fanout.json"
BURST = 10_000


def main() -> int:
    """Run everything, first on DynamoDB Local, then on the app deployed to the emulator; about five minutes."""
    console = Console(width=110 if not sys.stdout.isatty() else None, highlight=False)
    with DynamoDBLocal() as server:
        parts = undeployed.measure(server.endpoint)
    for table in tables.of_undeployed(parts):
        console.print(table)
    seen, bursts = _deployed()
    for table in tables.of_deployed(seen, bursts):
        console.print(table)
    aims = (*targets.of_undeployed(parts), *targets.of_deployed(seen, bursts))
    console.print(aims_table(aims))
    result = asdict(parts) | {
        "latency": asdict(seen),
        "bursts": {name: asdict(one) | {"per_second": one.per_second} for name, one in bursts.items()},
        "aims": [asdict(aim) | {"met": aim.met} for aim in aims],
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    return status(aims)


def _deployed() -> tuple[Latency, Mapping[str, Burst]]:
    """The burst of all comes first: whoever is left out of one has a backlog ever after."""
    with Emulator(folder=new_run_folder("fanout")) as emulator:
        deployed = Deployed(Deployment.make(emulator))
        seen = latency(deployed)
        flown = first_commits(2 * BURST)
        return seen, {
            "all together": burst(deployed, flown[:BURST], deployed.woken),
            f"{CONSUMER} alone": burst(deployed, flown[BURST:], [CONSUMER]),
        }


if __name__ == "__main__":
    sys.exit(main())

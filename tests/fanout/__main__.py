"""`python -m tests.fanout`: the deployed fan-out under every fault at once; then trouble, mending, and a rebuild."""

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from local import flights as records
from local.deployment import PREFIX, Deployment
from local.emulator.process import Emulator, new_run_folder
from local.faults.wire import WireFaults
from tests.fanout.trial import Trial
from tests.fanout.world import FAILED, World

JANUARY = 27_004


def main(arguments: Sequence[str]) -> int:
    """Run the trial. Returns the exit status: 0 only if everything was exact."""
    given = _options(arguments)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"{given.flights:,} flights, seed {given.seed}")
    began, folder = time.monotonic(), new_run_folder("fanout")
    with tempfile.TemporaryDirectory(prefix="fanout-") as scratch, Emulator(folder=folder) as emulator:
        manifest = Path(scratch) / "flights.csv"
        records.write_manifest(manifest, given.flights)
        with WireFaults(
            upstream=emulator.endpoint,
            seed=given.seed,
            log=folder / "faults.log",
            probability=FAILED,
            operations=("PutItem", "Query", "GetItem"),
        ) as wire:
            trial = Trial(Path(scratch), manifest, given.seed, console)
            world = World(Deployment.make(emulator, domain=str(trial.troubled)), wire)
            problems = trial.run(world)
            console.print(f"faults on the wire: {wire.fired()}")
            functions = emulator.meter()["functions"]
            kills = {name.removeprefix(f"{PREFIX}-"): c["kills"] for name, c in functions.items() if c.get("kills")}
            console.print(f"workers killed: {kills}")
    for problem in problems:
        console.print(f"NOT EXACT: {problem}")
    console.print(
        f"{time.monotonic() - began:.0f} s; {'NOT exact, logs are in ' + str(folder) if problems else 'exact'}"
    )
    return 1 if problems else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fanout", description=__doc__)
    parser.add_argument("--flights", type=int, default=JANUARY, help="from the start of the file (default %(default)s)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of all faults")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

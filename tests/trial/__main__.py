"""`python -m tests.trial`: the deployed batch under every fault at once; forced, redriven, cancelled, deployed anew."""

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from local.deployment import Deployment
from local.emulator.process import Emulator, new_run_folder
from tests.trial.plan import Plan
from tests.trial.scenarios import DOMAIN, SCENARIOS
from tests.trial.table import result_table
from tests.trial.trial import Trial
from tests.trial.watch import Watch
from tests.trial.wire import ServiceFaults
from tests.trial.world import World

FAILED = 0.05
SHOWN = 1000
WIDTH = 160
WAITS = "0.3"  # of the state machine's waits, which are long for so short a batch


def main(arguments: Sequence[str]) -> int:
    """Run the trial. Returns the exit status: 0 only if everything was exact."""
    given = _options(arguments)
    console = Console(stderr=True, highlight=False, soft_wrap=True, width=WIDTH)
    console.print(f"{given.items:,} items, seed {given.seed}: {', '.join(given.only)}")
    began, folder = time.monotonic(), new_run_folder("trial")
    with (
        tempfile.TemporaryDirectory(prefix="trial-") as scratch,
        Emulator(folder=folder, settings={"SFN_WAIT_SCALE": WAITS}) as emulator,
    ):
        switch = Path(scratch) / "switch.json"
        switch.write_text("{}")
        world = World(Deployment.make(emulator, domain=str(DOMAIN)), switch)
        console.print(f"deployed: {time.monotonic() - began:.0f} s")
        wire = ServiceFaults(
            upstream=emulator.endpoint, seed=given.seed, log=folder / "faults.log", probability=given.faults
        )
        trial = Trial(world, Plan(given.seed, given.items, killer=given.killer), console, Path(scratch))
        watch = Watch(world.deployment, console.print)
        with wire, watch.watching():
            emulator.set_worker_environment(TRIAL_SWITCH=str(switch), **wire.variables())
            trial.run({name: SCENARIOS[name] for name in given.only})
            struck = wire.fired()
        trial.problems += watch.problems
        console.print(result_table(trial, trial.judged("at the end")))
        console.print(f"faults on the wire: {struck}")
        console.print(f"workers killed: {world.kills()}; duplicates of dispatch: {trial.duplicates}")
        console.print(f"{watch.records} records put once, looked at {watch.looks} times: {len(watch.problems)} changed")
    for problem in dict.fromkeys(trial.problems):
        console.print(f"NOT EXACT: {problem}"[:SHOWN], markup=False)
    verdict = f"NOT exact, logs are in {folder}" if trial.problems else "exact"
    console.print(f"{time.monotonic() - began:.0f} s, seed {given.seed}: {verdict}")
    return 1 if trial.problems else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.trial", description=__doc__)
    parser.add_argument("--items", type=int, default=100_000, help="of the largest batch (default %(default)s)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of faults, kills, duplicates")
    parser.add_argument("--faults", type=float, default=FAILED, help="the chance of each fault (default %(default)s)")
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, default=list(SCENARIOS), help="these scenarios")
    parser.add_argument("--no-killer", dest="killer", action="store_false", help="no item kills its process")
    given = parser.parse_args(arguments)
    if given.items < 200 or not 0 <= given.faults <= 0.2:
        parser.error("--items from 200, --faults 0 to 0.2")
    return given


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

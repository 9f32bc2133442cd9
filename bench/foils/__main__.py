"""`python -m bench.foils [SEED]`: run everything, print, write `bench/results/foils.json`; exit 1 if a bound is missed.

In simulated time 1,000 and 10,000 items, on DynamoDB Local 1,000, and 300 where writers are in each other's way.
"""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from multiprocessing import get_context

from rich.console import Console

from bench.foils import notes, tables
from bench.foils.designs import DESIGNS
from bench.foils.etag import ETag
from bench.foils.extrapolation import expect
from bench.foils.history import History
from bench.foils.outcome import Outcome
from bench.foils.real.map_run import perform_map
from bench.foils.real.run import stage
from bench.foils.simulated.run import FAULTS, ITEM_SECONDS, TWICE, WORKERS
from bench.foils.simulations import NAMES, Simulation, calm, poisoned, rough
from bench.foils.targets import missed
from local.paths import ROOT

SEED = 20261121
SMALL, LARGE, EXPECTED = 1_000, 10_000, 100_000
SEEDS, SEEDS_ITEMS = 10, 300
ROUGH_RUNS = 30
REAL_ITEMS, REAL_ITEMS_CONTENDED = 1_000, 300
RESULT = ROOT / "bench" / "results" / "foils.json"


def main(arguments: Sequence[str]) -> int:
    """Run everything. Returns the exit status."""
    seed = int(arguments[0]) if arguments else SEED
    console = Console(width=170 if not sys.stdout.isatty() else None, highlight=False)
    console.print(conditions(seed))
    started = time.monotonic()
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        large = [pool.submit(Simulation(design=name, items=LARGE, seed=seed).run) for name in reversed(NAMES)]
        small = [pool.submit(Simulation(design=name, items=SMALL, seed=seed).run) for name in NAMES]
        quiet = [pool.submit(calm(name, SMALL, seed).run) for name in NAMES]
        seeds = [
            pool.submit(Simulation(design=name, items=SEEDS_ITEMS, seed=seed + number).run)
            for name in NAMES
            for number in range(SEEDS)
        ]
        poisons = [pool.submit(poisoned, name, seed) for name in NAMES[-3:]]
        roughs = [pool.submit(rough, seed + number) for number in range(ROUGH_RUNS)]
        runs = {SMALL: [one.result() for one in small], LARGE: [one.result() for one in reversed(large)]}
        calms, many = [one.result() for one in quiet], [one.result() for one in seeds]
        poison, hard = [one.result() for one in poisons], [one.result() for one in roughs]
    right = {name: sum(run.right for run in many if run.design == name) for name in NAMES}
    said = {name: f"{count} of {SEEDS} seeds" for name, count in right.items()}
    console.print(tables.verdicts(runs[SMALL], said, f"{SMALL:,} items, simulated (seeds: {SEEDS_ITEMS} items each)"))
    console.print(tables.verdicts(runs[LARGE], {}, f"{LARGE:,} items, simulated"))
    expected = {run.design: expect(run, EXPECTED) for run in runs[LARGE]}
    console.print(tables.expectations(runs[LARGE], expected, EXPECTED))
    console.print(tables.poison(poison))
    console.print(
        f"without faults {sum(run.right for run in calms)} of {len(calms)} designs are right; Tallygate at 20 % faults "
        f"each way, 2 % deaths and 20 % duplicates: exact in {sum(run.right for run in hard)} of {len(hard)} seeds"
    )
    say(console, notes.SIMULATED)
    console.print(f"{time.monotonic() - started:.0f} s so far; now on DynamoDB Local", markup=False)
    real = on_dynamodb_local(seed)
    console.print(tables.verdicts(real, {}, "boto3 on DynamoDB Local, 24 threads in 3 processes, 2 of them killed"))
    say(console, notes.ON_DYNAMODB_LOCAL)
    misses = list(missed(calms, [*runs[SMALL], *runs[LARGE], *real], hard))
    for miss in misses:
        console.print(f"MISSED {miss}", markup=False)
    seconds = time.monotonic() - started
    console.print(f"seed {seed}, {seconds:.0f} s")
    write(
        {
            "date": datetime.now(UTC).date().isoformat(),
            "seed": seed,
            "seconds": round(seconds),
            "simulated": {str(items): [asdict(run) for run in row] for items, row in runs.items()},
            "right_seeds": {"of": SEEDS, "items": SEEDS_ITEMS, "right": right},
            "calm_right": {run.design: run.right for run in calms},
            "expected": {str(EXPECTED): {name: asdict(one) for name, one in expected.items()}},
            "poison": [asdict(one) for one in poison],
            "rough": {"of": len(hard), "exact": sum(run.right for run in hard)},
            "dynamodb_local": [asdict(run) for run in real],
        }
    )
    return 1 if misses else 0


def conditions(seed: int) -> str:
    """Under which every design is run."""
    return (
        f"seed {seed}: {FAULTS.refused:.0%} of calls answered 500 before they take effect, {FAULTS.lost:.0%} of "
        f"writes landed with their answer lost, {FAULTS.crash:.2%} deaths at each step of a worker, {TWICE.soon:.0%} "
        f"of messages again within a minute and {TWICE.late:.1%} after 11 to 20; {WORKERS} workers, "
        f"{1000 * ITEM_SECONDS:.0f} ms an item, the SDK's retries on"
    )


def on_dynamodb_local(seed: int) -> list[Outcome]:
    """Every design that counts with DynamoDB, the map on the emulator, and Tallygate."""
    with stage(seed) as set_up:
        contended = {ETag, History}
        runs = [set_up.perform(kind, REAL_ITEMS_CONTENDED if kind in contended else REAL_ITEMS) for kind in DESIGNS]
        return [*runs, perform_map(REAL_ITEMS), set_up.perform(None, REAL_ITEMS)]


def say(console: Console, lines: Sequence[str]) -> None:
    for line in lines:
        console.print(f"- {line}", markup=False)


def write(result: Mapping[str, object]) -> None:
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1).replace("Infinity", '"never"') + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

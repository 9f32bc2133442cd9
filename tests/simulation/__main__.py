"""`python -m tests.simulation`: many runs, or one with its trace."""

import argparse
import gc
import logging
import sys
import time
from collections import Counter

from tests.simulation.run import run


def main() -> int:
    """Returns 0 if every run held."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this run, with its trace")
    parser.add_argument("--runs", type=int, default=10_000, help="how many runs (10000)")
    parser.add_argument("--first", type=int, default=0, help="the first run's seed (0)")
    options = parser.parse_args()
    logging.disable(logging.ERROR)
    gc.disable()
    if options.seed is not None:
        print(run(options.seed, print))
        return 0
    return many(range(options.first, options.first + options.runs))


def many(seeds: range) -> int:
    """Run them all; each that doesn't hold is told with its seed."""
    began, steps, ends, broken = time.process_time(), 0, Counter[str](), 0
    for seed in seeds:
        try:
            one = run(seed)
        except Exception as exc:  # noqa: BLE001 (told, and counted)
            broken += 1
            print(f"seed {seed}: {type(exc).__name__}: {exc}")
            continue
        steps += one.steps
        ends.update(one.ends)
    seconds = time.process_time() - began
    print(
        f"{len(seeds)} runs, {broken} broken, {steps} steps, {seconds:.1f} s of CPU "
        f"({len(seeds) / seconds:.0f} runs/s), ends: {dict(ends)}"
    )
    return min(1, broken)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.exploration`: the sizes that are explored, and what was found."""

import argparse
import logging
import sys
import time

from tests.exploration.explore import explore
from tests.exploration.explorer import Budget
from tests.exploration.scene import Size


def main() -> int:
    """Returns 0 if every state held."""
    parser = argparse.ArgumentParser(prog="python -m tests.exploration", description=__doc__)
    parser.add_argument("--faults", type=int, default=0)
    parser.add_argument("--crashes", type=int, default=0)
    parser.add_argument("--polls", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--chunks", type=int, default=2)
    options = parser.parse_args()
    logging.disable(logging.ERROR)
    numbers = tuple(range(options.chunks))
    deliveries = tuple(numbers[n % len(numbers) :] + numbers[: n % len(numbers)] for n in range(options.workers))
    began = time.process_time()
    found = explore(
        Size(items=options.chunks, deliveries=deliveries, polls=options.polls),
        Budget(ticks=2, faults=options.faults, crashes=options.crashes),
    )
    print(found, f"{time.process_time() - began:.1f} s of CPU")
    return 0


if __name__ == "__main__":
    sys.exit(main())

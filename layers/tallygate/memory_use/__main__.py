"""`python -m tallygate.memory_use --environment dev`: what functions have, what they used, what to give them."""

import argparse
import sys

from tallygate.errors import TallygateError
from tallygate.memory_use.reports import uses
from tallygate.memory_use.use import Use

MOST_DAYS = 455  # CloudWatch keeps metrics for 15 months


def main(arguments: list[str]) -> int:
    """Print a line for each function. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="tallygate.memory_use", description=__doc__)
    parser.add_argument("--environment", required=True)
    parser.add_argument("--days", type=int, default=7)
    given = parser.parse_args(arguments)
    if not given.environment:
        print("--environment is empty: say which, for example make memory ENV=dev", file=sys.stderr)
        return 2
    if not 1 <= given.days <= MOST_DAYS:
        print(f"--days is {given.days}, expected 1 to {MOST_DAYS}", file=sys.stderr)
        return 2
    try:
        for use in uses(given.environment, given.days):
            print(told(use))
    except TallygateError as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def told(use: Use) -> str:
    """One line."""
    most, p99 = (f"{value:>6.0f}" if value is not None else "     -" for value in (use.most, use.p99))
    return f"{use.function:<40}{use.configured:>6} MB   most {most}   p99 {p99}   {use.advice}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

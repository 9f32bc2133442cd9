"""What `make demo` may be told, and what it answers when told nonsense."""

import argparse
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from local.flights import ROWS

DEFAULT_ITEMS = 10_000
ALL = "all"


class BadOptionError(ValueError):
    """A value that the demo can't use. The message is one line: what, and what to give instead."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to run. `items`: rows from the start of the file. `seed`: of the faults, and of nothing else."""

    items: int
    hot: bool
    faults: bool
    seed: int


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line. Raises BadOptionError."""
    parser = argparse.ArgumentParser(
        prog="python -m local.demo",
        description="Deploy to the embedded AWS, run a batch over real flights, check the count against the file.",
        epilog="The last line on standard output is JSON; the exit status is 0 only if the count is exact. "
        '"seconds" is the batch alone, from the start of the execution to its end.',
    )
    parser.add_argument("--items", default=str(DEFAULT_ITEMS), help=f"rows, 1 to {ROWS}, or all (default %(default)s)")
    parser.add_argument("--hot", action="store_true", help="one stream per carrier: 16 hot streams")
    parser.add_argument("--faults", action="store_true", help="fail writes, lose answers, kill workers")
    parser.add_argument("--seed", default="", help="of the faults; default: chosen, and printed")
    given = parser.parse_args(arguments)
    return Options(items=item_count(given.items), hot=given.hot, faults=given.faults, seed=seed(given.seed))


def item_count(text: str) -> int:
    """Return the number of rows that ITEMS asks for. Raises BadOptionError."""
    if text == ALL:
        return ROWS
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= ROWS):
        raise BadOptionError(f"ITEMS={text} is not a number of rows: give 1 to {ROWS}, or ITEMS={ALL}")
    return int(text)


def seed(text: str) -> int:
    """Return the seed, a new one for none given. Raises BadOptionError."""
    if not text:
        return secrets.randbelow(1_000_000)
    if not (text.isascii() and text.isdigit()):
        raise BadOptionError(f"SEED={text} is not a whole number: give the seed that an earlier run printed, as SEED=7")
    return int(text)

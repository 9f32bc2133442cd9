"""Commands of the batch: `python -m tallygate.batch work …`."""

import argparse
import sys
from collections.abc import Sequence

from tallygate.batch.queue import work_command


def main(arguments: Sequence[str]) -> int:
    """Run a command. Returns the exit status; arguments that don't fit end the process with 2."""
    parser = argparse.ArgumentParser(prog="python -m tallygate.batch", description="Batches.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    work_command.add_to(commands.add_parser("work", help="work on chunks from a queue until told to stop"))
    given = parser.parse_args(arguments)
    status: int = given.run(given)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

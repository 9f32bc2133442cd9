"""`python -m tallygate.smoke --environment dev`: a small batch on a deployed environment must be exact.

Exit status 0: it is. 1: it is not, or it could not be found out; the message says what to do.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from tallygate.clock import utc_now
from tallygate.deadline import Deadline
from tallygate.errors import TallygateError
from tallygate.smoke.smoke_test import smoke_test
from tallygate.smoke.trial import Trial
from tallygate.smoke.wiring import deployed


def main(arguments: Sequence[str]) -> int:
    """Test. Returns the exit status."""
    given = _parser().parse_args(arguments)
    began = utc_now()
    try:
        trial = Trial(run=f"{began:%Y%m%dT%H%M%S}-{uuid4().hex[:6]}", items=given.items, streams=given.streams)
        environment = deployed(given.environment, events_table=given.events_table)
        passed = smoke_test(environment, trial, Deadline.after(given.minutes * 60))
    except (TallygateError, ClientError, BotoCoreError) as error:
        print(f"smoke test of {given.environment}: {error}", file=sys.stderr)
        return 1
    if given.json:
        print(json.dumps(asdict(passed)))
    else:
        print(
            f"{given.environment} is exact: {passed.items} items over {passed.streams} streams in {passed.chunks} "
            f"chunks, each once; started again, nothing changed ({(utc_now() - began).total_seconds():.1f} s, batch "
            f"{passed.batch})"
        )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tallygate.smoke", description="A small batch that must be exact.")
    parser.add_argument("--environment", required=True, help="such as dev")
    parser.add_argument("--items", type=int, default=200, help="1 to 10,000 (default %(default)s)")
    parser.add_argument("--streams", type=int, default=10, help="over which they go (default %(default)s)")
    parser.add_argument("--minutes", type=float, default=10, help="give up after so long (default %(default)g)")
    parser.add_argument("--events-table", default="", help="where a restore has made another")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

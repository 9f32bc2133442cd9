"""`python -m tallygate.explain --environment dev --command ID`: what became of a command.

Exit status 0: told. 1: nothing found, or AWS refused or gave no answer; the message says what to do.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import timedelta

from botocore.exceptions import BotoCoreError, ClientError

from tallygate import command_line
from tallygate.clock import utc_now
from tallygate.deadline import Deadline
from tallygate.errors import TallygateError
from tallygate.explain import text
from tallygate.explain.explainer import Question
from tallygate.explain.wiring import explainer


def main(arguments: Sequence[str]) -> int:
    """Tell. Returns the exit status."""
    given = _parser().parse_args(arguments)
    try:
        question = Question(
            since=utc_now() - timedelta(hours=given.hours),
            command=given.command,
            correlation=given.correlation,
            stream=given.stream,
            version=given.version,
        )
        until = Deadline.after(given.minutes * 60)
        stories = explainer(given.environment, until).explain(question, until)
    except (TallygateError, ClientError, BotoCoreError) as error:
        print(f"{error}", file=sys.stderr)
        return 1
    for story in stories:
        print(json.dumps(text.to_json(story)) if given.json else "\n".join([*text.lines(story), ""]))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tallygate.explain",
        description="What became of a command: commit, relay, each consumer, with times; and what did not happen.",
    )
    parser.add_argument("--environment", required=True, type=command_line.environment, help="such as dev")
    parser.add_argument("--command", default="", help="a command's id")
    parser.add_argument("--correlation", default="", help="as in the commit's meta")
    parser.add_argument("--stream", default="", help="such as aircraft-N14228: needed with --version, else it narrows")
    parser.add_argument("--version", type=int, default=0, help="of the stream")
    hours, minutes = command_line.amount("hours", 87_600), command_line.amount("minutes", 10_080)
    parser.add_argument(
        "--hours",
        type=hours,
        default=24,
        help="how far to look back (default %(default)g)",
    )
    parser.add_argument(
        "--minutes",
        type=minutes,
        default=5,
        help="give up after so long (default %(default)g)",
    )
    parser.add_argument("--json", action="store_true", help="one line of JSON for each commit")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Restoring the events table: `python -m tallygate.restore table|verify|lost|reopen --environment dev …`.

Exit status 0: done. 1: refused, not sound, or AWS refused or gave no answer; the message says what to do.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from tallygate import clock
from tallygate.deadline import Deadline
from tallygate.errors import TallygateError
from tallygate.restore import instructions, reopening, wiring
from tallygate.restore.asked import Asked, InUse, moment, next_epoch
from tallygate.restore.lost import Summary, kept, lost, told
from tallygate.restore.restorer import POLL_SECONDS


def main(arguments: Sequence[str]) -> int:
    """Do what is asked. Returns the exit status."""
    given = _parser().parse_args(arguments)
    try:
        given.run(given, Deadline.after(given.minutes * 60))
    except (TallygateError, ClientError, BotoCoreError) as error:
        print(f"{error}", file=sys.stderr)
        return 1
    return 0


def table(given: argparse.Namespace, until: Deadline) -> None:
    """Restore the events table to a time, as a new one; verify it; say what to set."""
    asked, bucket = _asked(given, until)
    wiring.restorer(_say, poll_seconds=given.poll_seconds).restore(asked, until)
    _verify(asked, bucket, until)
    for line in instructions.lines(asked):
        print(line)


def verify(given: argparse.Namespace, until: Deadline) -> None:
    """Verify a restored table once more, before it is in use."""
    asked, bucket = _asked(given, until)
    _verify(asked, bucket, until)


def show_lost(given: argparse.Namespace, until: Deadline) -> None:
    """Print the commits of the old table that the restored one lacks, a line of JSON each."""
    uses = _in_use(given, until)
    old = given.old or wiring.tables().origin(uses.table, until)
    restored = kept(wiring.commits(uses.table, uses.overflow_bucket, until), uses.epoch - 1)
    summary = Summary()
    for commit in lost(wiring.commits(old, uses.overflow_bucket, until), restored):
        summary.add(commit)
        print(json.dumps(told(commit), default=str))
    for line in summary.lines:
        _say(line)


def reopen(given: argparse.Namespace, until: Deadline) -> None:
    """Make the chunks of batches that were done after the time of the restore uncertain again, for a redrive."""
    records = wiring.batch_records(given.environment)
    _in_use(given, until)
    before = moment(given.before) if given.before else clock.utc_now()
    batches = reopening.uncertain(records, moment(given.at), before, until)
    if given.yes:
        reopening.reopen(batches, records, clock.utc_now(), until)
    for line in reopening.lines(batches, done=given.yes):
        print(line)


def _asked(given: argparse.Namespace, until: Deadline) -> tuple[Asked, str]:
    at = moment(given.at)
    uses = _in_use(given, until)
    epoch = next_epoch(uses.epoch, given.epoch)
    return Asked(environment=given.environment, at=at, source=uses.table, epoch=epoch), uses.overflow_bucket


def _in_use(given: argparse.Namespace, until: Deadline) -> InUse:
    return wiring.settings().in_use(given.environment, until)


def _verify(asked: Asked, bucket: str, until: Deadline) -> None:
    _say(f"{asked.target} is being read from end to end")
    sound = wiring.sound(asked.target, bucket, at=asked.at, epoch=asked.epoch - 1, until=until)
    for line in sound.lines:
        print(line)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tallygate.restore", description="Restore the events table.")
    commands = parser.add_subparsers(required=True)
    for name, run in (("table", table), ("verify", verify), ("lost", show_lost), ("reopen", reopen)):
        command = commands.add_parser(name, help=run.__doc__)
        command.set_defaults(run=run)
        command.add_argument("--environment", required=True, help="such as dev")
        command.add_argument("--minutes", type=float, default=600, help="give up after so long (default %(default)g)")
        if run is not show_lost:
            command.add_argument("--at", required=True, help="to when, such as 2026-11-21T10:00:00Z")
        if run in (table, verify):
            command.add_argument("--epoch", type=int, help="of the new table; default: the next one")
            command.add_argument(
                "--poll-seconds", type=float, default=POLL_SECONDS, help="between looks (default %(default)g)"
            )
        if run is show_lost:
            command.add_argument("--old", help="the table that was in use before; default: the one restored from")
        if run is reopen:
            command.add_argument("--before", help="when the environment was switched; default: now")
            command.add_argument("--yes", action="store_true", help="do it; without it they are only listed")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Operating projections: `python -m tallygate.projections parked|unpark|rebuild|swap|status --environment dev …`.

Exit status 0: done. 1: refused, or AWS refused or gave no answer; the message says what to do.
"""

import argparse
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from tallygate import clock, command_line
from tallygate.deadline import Deadline
from tallygate.errors import TallygateError
from tallygate.events.stream_id import StreamId
from tallygate.projections.operations import FIRST_VERSION, Operations
from tallygate.projections.sweep_state import Cycle
from tallygate.projections.wiring import operations


def main(arguments: Sequence[str]) -> int:
    """Do what is asked. Returns the exit status."""
    given = _parser().parse_args(arguments)
    try:
        given.run(operations(given.environment), given, Deadline.after(given.minutes * 60))
    except (TallygateError, ClientError, BotoCoreError) as error:
        print(f"{error}", file=sys.stderr)
        return 1
    return 0


def parked(work: Operations, given: argparse.Namespace, until: Deadline) -> None:
    """Print the streams that stand still."""
    rows = [(row.stream, row.parked) for row in work.parked(given.consumer, until) if row.parked is not None]
    for stream, why in rows:
        print(f"{stream}\tbefore version {why.version}\t{clock.to_text(why.at)}\t{why.error}")
    print(f"{len(rows)} parked in {given.consumer}", file=sys.stderr)


def unpark(work: Operations, given: argparse.Namespace, until: Deadline) -> None:
    """Let one stream go on, or all that are parked."""
    streams = [row.stream for row in work.parked(given.consumer, until)] if given.all else [StreamId(given.stream)]
    for stream in streams:
        row = work.unpark(given.consumer, stream, until)
        print(f"{stream} goes on from version {row.version}, with its next event or the next sweep")


def rebuild(work: Operations, given: argparse.Namespace, until: Deadline) -> None:
    """Fill a version, or make sure that it is full."""
    cycle = work.rebuild(given.consumer, until, lambda cycle: print(_told(cycle), file=sys.stderr))
    print(
        f"{given.consumer} has every commit made before {clock.to_text(cycle.began)}; {cycle.parked} streams are parked"
    )


def swap(work: Operations, given: argparse.Namespace, until: Deadline) -> None:
    """Point readers to another version."""
    name, _, version = given.consumer.partition("-")
    pointer = work.swap(name, int(version), until, first=given.first, with_parked=given.with_parked)
    print(f"readers of {name} see version {pointer.active}; to go back: swap {name}-{pointer.previous}")


def status(work: Operations, given: argparse.Namespace, until: Deadline) -> None:
    """Print how far sweeps have come."""
    state = work.state(given.consumer, until)
    for what, cycle in (("under way", state.running), ("last whole sweep", state.last)):
        print(f"{what}: {_told(cycle) if cycle else 'none'}")


def _told(cycle: Cycle) -> str:
    ended = f", ended {clock.to_text(cycle.ended)}" if cycle.ended else ""
    return (
        f"began {clock.to_text(cycle.began)}{ended}: {cycle.rows} rows and {cycle.streams} streams looked at, "
        f"{cycle.gaps} gaps, {cycle.healed} commits healed, {cycle.parked} parked, {cycle.ahead} ahead"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tallygate.projections", description="Operate projections.")
    commands = parser.add_subparsers(required=True)
    minutes = command_line.amount("minutes", 10_080)
    for run in (parked, unpark, rebuild, swap, status):
        command = commands.add_parser(run.__name__, help=run.__doc__)
        command.set_defaults(run=run)
        command.add_argument("--environment", required=True, type=command_line.environment, help="such as dev")
        consumer = _version if run is swap else _consumer
        command.add_argument("--consumer", required=True, type=consumer, help="such as fleet-2")
        command.add_argument(
            "--minutes",
            type=minutes,
            default=60,
            help="give up after so long (default %(default)g)",
        )
        if run is unpark:
            which = command.add_mutually_exclusive_group(required=True)
            which.add_argument("--stream", help="such as aircraft-N14228")
            which.add_argument("--all", action="store_true", help="all that are parked")
        if run is swap:
            command.add_argument("--with-parked", action="store_true", help="also where streams are parked in it")
            command.add_argument(
                "--first", type=int, default=FIRST_VERSION, help="what readers see if nobody ever swapped (default 1)"
            )
    return parser


def _consumer(text: str) -> str:
    name, _, version = text.partition("-")
    if not name or (version and not version.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is no consumer: give a name and a version, such as fleet-2")
    return text


def _version(text: str) -> str:
    if not _consumer(text).partition("-")[2]:
        raise argparse.ArgumentTypeError(f"{text!r} is no version of a projection: give one such as fleet-2")
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

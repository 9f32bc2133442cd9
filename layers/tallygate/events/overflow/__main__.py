"""The collector as a command: `python -m tallygate.events.overflow --table T --bucket B [--delete]`.

Exit status 0: it ran. 1: AWS refused or gave no answer; the message says what to do.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta

from botocore.exceptions import BotoCoreError, ClientError

from tallygate import aws
from tallygate.clock import utc_now
from tallygate.deadline import Deadline
from tallygate.errors import TallygateError
from tallygate.events.overflow.collector import AGE, Collected, CommitIdAt, collect
from tallygate.events.overflow.s3 import S3Blobs
from tallygate.events.stream_id import StreamId
from tallygate.put_if_absent import resend


def main(arguments: Sequence[str]) -> int:
    """Collect, and print what was found. Returns the exit status."""
    given = _parser().parse_args(arguments)
    until = Deadline.after(given.minutes * 60)
    try:
        collected = collect(
            _commit_id_at(given.table, until),
            S3Blobs(given.bucket),
            older_than=timedelta(hours=given.older_than_hours),
            now=utc_now(),
            until=until,
            delete=given.delete,
        )
    except (TallygateError, ClientError, BotoCoreError) as error:
        print(f"the collector stopped: {error}", file=sys.stderr)
        return 1
    _show(collected, delete=given.delete)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tallygate.events.overflow",
        description="List (or with --delete, delete) overflow objects whose commits lost their version to others.",
    )
    parser.add_argument("--table", required=True, help="the events table that the bucket belongs to")
    parser.add_argument("--bucket", required=True, help="the overflow bucket")
    parser.add_argument("--delete", action="store_true", help="delete them; without it they are only listed")
    parser.add_argument("--older-than-hours", type=float, default=AGE / timedelta(hours=1), help="default: %(default)g")
    parser.add_argument("--minutes", type=float, default=60, help="give up after so long, default: %(default)g")
    return parser


def _commit_id_at(table: str, until: Deadline) -> CommitIdAt:
    client = aws.dynamodb()

    def commit_id_at(stream: StreamId, version: int) -> str | None:
        answer = resend(
            lambda: client.get_item(
                TableName=table,
                Key={"pk": {"S": stream}, "sk": {"N": str(version)}},
                ConsistentRead=True,  # an older answer could lack the very commit that the object belongs to
                ProjectionExpression="commit_id",
            ),
            until,
            what=f"the read of {table}",
        )
        return answer["Item"]["commit_id"]["S"] if "Item" in answer else None

    return commit_id_at


def _show(collected: Collected, *, delete: bool) -> None:
    for key in collected.deleted:
        print(f"{'deleted' if delete else 'to delete'} {key}")
    for key in collected.foreign:
        print(f"not ours {key}")
    print(
        f"{len(collected.deleted)} {'deleted' if delete else 'to delete (--delete does)'}, {len(collected.kept)} kept, "
        f"{len(collected.undecided)} undecided (no commit yet, or too young), {len(collected.foreign)} not ours"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The key of an overflow object: `stream/version/commit_id`. A storage format: never change it."""

import re
from urllib.parse import quote, unquote

from tallygate.events.commit import Commit
from tallygate.events.stream_id import StreamId

_KEY = re.compile(r"(?P<stream>[^/]+)/(?P<version>[1-9][0-9]*)/(?P<commit_id>[^/]+)")


def overflow_key(commit: Commit) -> str:
    """The key of the object that holds the commit's events.

    At most 3 * 256 bytes for the stream, 20 for the version and 36 for the commit id: S3 takes 1,024. No two commits
    have the same one, so that a loser never overwrites a winner's events.
    """
    return _key(commit.stream, commit.version, commit.commit_id)


def parse_key(key: str) -> tuple[StreamId, int, str]:
    """The inverse of `overflow_key`: stream, version and commit id.

    Raises
    ------
    ValueError
        It is no key of ours: somebody else has put an object into the bucket.
    """
    if match := _KEY.fullmatch(key):
        parts = StreamId(unquote(match["stream"])), int(match["version"]), unquote(match["commit_id"])
        if _key(*parts) == key:  # `%2f` and `%2F` are the same to `unquote`, but only one is ours
            return parts
    raise ValueError(f"{key!r} is no key of an overflow object, expected stream/version/commit_id")


def _key(stream: str, version: int, commit_id: str) -> str:
    return f"{quote(stream, safe='')}/{version}/{quote(commit_id, safe='')}"

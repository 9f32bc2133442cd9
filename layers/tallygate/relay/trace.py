"""What the relay's log says of a commit. `explain` reads these lines: their names are a storage format."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from tallygate import clock
from tallygate.events import serializer
from tallygate.events.commit import correlation_of
from tallygate.relay.bell import Bell

# A line ends with the commit that takes it over this. One commit alone has at most some 200 KB, nearly all of it ids of
# commands (`commit_item`); CloudWatch took 256 KB a line before it took 1 MB.
LINE_BYTES = 32 * 1024


class _Text(msgspec.Struct):
    S: str


class _Texts(msgspec.Struct):
    L: list[_Text]


class _Map(msgspec.Struct):
    M: dict[str, _Text]


class _Traced(msgspec.Struct):
    commit_id: _Text
    at: _Text
    commands: _Texts | None = None
    meta: _Map | None = None


def log_lines(bells: Sequence[Bell]) -> Iterator[dict[str, Any]]:
    """What to log of bells that were sent: one line for many of them, each by far small enough for CloudWatch.

    A line per commit would cost ten times the time and more than twice the bytes.

    Returns
    -------
    iterator of dict
        `relayed`, a time, and `commits`, a list of `trace`.
    """
    size, commits = 0, list[dict[str, Any]]()
    for number, bell in enumerate(bells, 1):
        commits.append(trace(bell))
        size += len(serializer.dump(commits[-1]))
        if size > LINE_BYTES or number == len(bells):
            yield {"relayed": clock.to_text(bell.relayed), "commits": commits}
            size, commits = 0, []


def trace(bell: Bell) -> dict[str, Any]:
    """What to find a commit by. Never raises.

    Returns
    -------
    dict
        `stream` and `version`; unless the bell is a pointer also `commit_id`, `at` (UTC, ISO-8601), and, where there
        are any, `commands` and `correlation` (a batch's commits belong to the batch).
    """
    line: dict[str, Any] = {"stream": bell.stream, "version": bell.version}
    try:
        commit = msgspec.convert(bell.item, _Traced)
    except msgspec.ValidationError:  # a pointer, or an item that its reader will find to be damaged
        return line
    line |= {"commit_id": commit.commit_id.S, "at": commit.at.S}
    if commit.commands:
        line["commands"] = [command.S for command in commit.commands.L]
    meta = {name: value.S for name, value in commit.meta.M.items()} if commit.meta else {}
    if correlation := correlation_of(meta):
        line["correlation"] = correlation
    return line

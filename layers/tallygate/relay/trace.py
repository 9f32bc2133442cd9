"""What the relay's log says of a commit. `explain` reads these lines: their names are a storage format."""

from typing import Any

import msgspec

from tallygate import clock
from tallygate.relay.bell import Bell


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


def trace(bell: Bell) -> dict[str, Any]:
    """What to find a commit by. Never raises.

    Returns
    -------
    dict
        `stream`, `version`, `relayed`; unless the bell is a pointer also `commit_id`, `commands`, `correlation` (null
        where there is none) and `at`. Times are UTC, ISO-8601.
    """
    line: dict[str, Any] = {
        "stream": bell.stream,
        "version": bell.version,
        "relayed": clock.to_text(bell.relayed),
    }
    try:
        commit = msgspec.convert(bell.item, _Traced)
    except msgspec.ValidationError:  # a pointer, or an item that its reader will find to be damaged
        return line
    correlation = commit.meta.M.get("correlation") if commit.meta else None
    return line | {
        "commit_id": commit.commit_id.S,
        "commands": [command.S for command in commit.commands.L] if commit.commands else [],
        "correlation": correlation.S if correlation else None,
        "at": commit.at.S,
    }

"""What became of one commit, in the order of time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from tallygate import clock
from tallygate.events.commit import Commit
from tallygate.explain.log_lines import Line
from tallygate.projections.row import Row


class Happening(msgspec.Struct, frozen=True):
    """One thing that happened.

    Parameters
    ----------
    at : datetime or None
        None: it has not happened.
    who : str
        `writer`, `relay`, or a consumer's function.
    what : str
    """

    at: datetime | None
    who: str
    what: str


class Story(msgspec.Struct, frozen=True):
    """A commit and what happened to it; what has not happened comes last."""

    commit: Commit
    happenings: tuple[Happening, ...]

    def milliseconds(self, happening: Happening) -> float | None:
        """The time since the commit was made, by the clocks of those who wrote it down."""
        return None if happening.at is None else (happening.at - self.commit.at).total_seconds() * 1000


class Told(msgspec.Struct, frozen=True):
    """What is known of one consumer.

    Parameters
    ----------
    function : str
        Such as `project-fleet-1`.
    lines : tuple of Line
        Its own and those of its sweep that speak of the stream.
    row : Row or None
        As it stands now.
    """

    function: str
    lines: tuple[Line, ...]
    row: Row | None


def tell(commit: Commit, relayed: Sequence[Line], consumers: Iterable[Told]) -> Story:
    """Put everything together."""
    happenings = [_committed(commit), *_relayed(commit, relayed)]
    for told in consumers:
        happenings += _consumed(commit, told)
    order = sorted(happenings, key=lambda one: (one.at is None, one.at or commit.at))
    return Story(commit, tuple(order))


def _committed(commit: Commit) -> Happening:
    commands = f", commands {', '.join(commit.commands)}" if commit.commands else ""
    types = ", ".join(commit.types)
    return Happening(commit.at, "writer", f"{commit.stream} version {commit.version}: {types}{commands}")


def _relayed(commit: Commit, lines: Sequence[Line]) -> Iterator[Happening]:
    times = [
        clock.from_text(line.data["relayed"])
        for line in lines
        if any(_is_of(entry, commit) for entry in _entries(line, "commits"))
    ]
    for number, at in enumerate(times):
        yield Happening(at, "relay", "sent to Kinesis again" if number else "sent to Kinesis")
    if not times:
        yield Happening(None, "relay", "no line in its log says that it was sent")


def _consumed(commit: Commit, told: Told) -> Iterator[Happening]:
    applied = False
    for line in told.lines:
        for entry in _entries(line, "streams"):
            if entry.get("stream") != commit.stream:
                continue
            at, before, version = clock.from_text(line.data["applied"]), int(entry["before"]), int(entry["version"])
            if before < commit.version <= version:
                applied = True
                yield Happening(at, line.function, f"applied versions {before + 1} to {version}{_beside(entry)}")
            elif version >= commit.version and entry.get("dropped"):
                yield Happening(
                    at, line.function, f"dropped {entry['dropped']} duplicates of the stream, at version {version}"
                )
            elif version < commit.version and "parked" in entry:
                yield Happening(at, line.function, f"parked at version {version}: {entry['parked']}")
    yield from _now(commit, told, applied=applied)


def _now(commit: Commit, told: Told, *, applied: bool) -> Iterator[Happening]:
    row = told.row
    if row is not None and row.version >= commit.version:
        if not applied:
            yield Happening(None, told.function, f"no line in its log says when; its row is at version {row.version}")
    elif row is not None and row.parked is not None:
        why = f"parked before version {row.parked.version} at {clock.to_text(row.parked.at)}: {row.parked.error}"
        yield Happening(None, told.function, f"not applied: {why}")
    else:
        have = "it has no row" if row is None else f"its row is at version {row.version}"
        yield Happening(None, told.function, f"not applied yet: {have}")


def _beside(entry: dict[str, Any]) -> str:
    parts = [
        f"{entry['healed']} read from the events table" if entry.get("healed") else "",
        f"{entry['dropped']} duplicates dropped" if entry.get("dropped") else "",
        f"then parked: {entry['parked']}" if "parked" in entry else "",
    ]
    told = "; ".join(part for part in parts if part)
    return f" ({told})" if told else ""


def _entries(line: Line, name: str) -> list[dict[str, Any]]:
    found = line.data.get(name, [])
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _is_of(entry: dict[str, Any], commit: Commit) -> bool:
    return entry.get("stream") == commit.stream and entry.get("version") == commit.version

"""What the old table has and the restored one lacks."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tallygate import clock
from tallygate.events.commit import Commit
from tallygate.restore.errors import NotSound

_REPORT = re.compile(r"/g\d+/report(?:/[^/]+)?$")  # told by `batch.reporter`; the second, with a time, is a correction


@dataclass(frozen=True, slots=True)
class Kept:
    """How far the restored table came with a stream in the old epoch: the version, and whose commit it was."""

    version: int
    commit_id: str


def kept(restored: Iterable[Commit], epoch: int) -> dict[str, Kept]:
    """By stream; what has been appended since, in later epochs, doesn't count. All streams' names are in memory.

    Parameters
    ----------
    restored : iterable
        Every commit of the restored table.
    epoch : int
        Of the old table.
    """
    return {commit.stream: Kept(commit.version, commit.commit_id) for commit in restored if commit.epoch <= epoch}


def lost(old: Iterable[Commit], restored: dict[str, Kept]) -> Iterator[Commit]:
    """The commits that the restored table lacks, each stream's in order.

    Raises
    ------
    NotSound
        The two tables differ where both have a commit: they are not one table and its restore.
    """
    nothing = Kept(0, "")
    for commit in old:
        last = restored.get(commit.stream, nothing)
        if commit.version > last.version:
            yield commit
        elif commit.version == last.version and commit.commit_id != last.commit_id:
            raise NotSound(
                f"version {commit.version} of {commit.stream} is {commit.commit_id} in one table and {last.commit_id} "
                "in the other: neither is a restore of the other"
            )


def told(commit: Commit) -> dict[str, Any]:
    """A commit as JSON, for whoever looks at what was lost. Personal data are sealed as they were."""
    return {
        "stream": commit.stream,
        "version": commit.version,
        "commit_id": commit.commit_id,
        "at": clock.to_text(commit.at),
        "commands": list(commit.commands),
        "events": [{"type": event.type, "schema": event.schema, "data": event.data} for event in commit.events],
        "meta": dict(commit.meta),
    }


class Summary:
    """What was lost, counted while it is told."""

    def __init__(self) -> None:
        self.commits = 0
        self.categories: Counter[str] = Counter()
        self.batches: Counter[str] = Counter()

    def add(self, commit: Commit) -> None:
        """Count one. An item of a batch has the command `batch/item`."""
        self.commits += 1
        self.categories[commit.stream.partition("-")[0]] += 1
        items = (command for command in commit.commands if "/" in command and not _REPORT.search(command))
        self.batches.update(item.partition("/")[0] for item in items)

    @property
    def lines(self) -> list[str]:
        """In words."""
        by_category = ", ".join(f"{name} {count:,}" for name, count in sorted(self.categories.items()))
        found = [f"{self.commits:,} commits are lost" + (f": {by_category}" if by_category else "")]
        found += [f"of batch {name}: {count:,} items" for name, count in sorted(self.batches.items())]
        return found

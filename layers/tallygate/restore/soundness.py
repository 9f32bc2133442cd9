"""Whether a restored table is one to go on from: every commit read, every snapshot held against its stream.

Point-in-time recovery gives each item as it was at a second. Nothing that AWS says promises that two items are of the
very same moment, so a stream may end with a hole, or have a snapshot that is further than its last commit. The first is
not sound; the second is mended: a snapshot that is lost is as good as none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from tallygate import clock
from tallygate.deadline import Deadline
from tallygate.events.commit import Commit
from tallygate.events.errors import CorruptStream
from tallygate.events.stream_id import StreamId
from tallygate.restore.errors import NotSound


@dataclass(frozen=True, slots=True)
class StandingSnapshot:
    """A snapshot, by its stream and the version that it is of."""

    stream: StreamId
    version: int


class Snapshots(Protocol):
    """The snapshots of a table."""

    def all(self, until: Deadline) -> Iterable[StandingSnapshot]:
        """Every one, in no order."""

    def remove(self, snapshot: StandingSnapshot, until: Deadline) -> None:
        """Remove it, unless another one has taken its place."""


class Heads(Protocol):
    """The last commit of a stream."""

    def head(self, stream: StreamId, until: Deadline) -> Commit | None:
        """None: it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What a table holds, and that it can be gone on from.

    Parameters
    ----------
    streams, commits, events : int
    last : datetime or None
        When the youngest commit was made, by its writer's clock.
    late : int
        Commits that were made after the time of the restore, by their writers' clocks: these run apart a little.
    snapshots, removed : int
        Those that fit, and those that were further than their streams.
    """

    streams: int = 0
    commits: int = 0
    events: int = 0
    last: datetime | None = None
    late: int = 0
    snapshots: int = 0
    removed: int = 0

    @property
    def lines(self) -> list[str]:
        """In words."""
        last = clock.to_text(self.last) if self.last else "none"
        return [
            f"{self.streams:,} streams, {self.commits:,} commits, {self.events:,} events; no stream has a hole",
            f"the youngest commit is of {last}; {self.late:,} are of later than the time of the restore",
            f"{self.snapshots:,} snapshots fit; {self.removed:,} were further than their streams, and were removed",
        ]


def check_commits(commits: Iterable[Commit], *, at: datetime, epoch: int) -> Sound:
    """Read them all.

    Parameters
    ----------
    commits : iterable
        Of a whole table, each stream's in order: `tallygate.events.everything.scan`, which looks for holes.
    at : datetime
        The time of the restore.
    epoch : int
        Of the table that was restored: nothing later can be in it yet.

    Raises
    ------
    NotSound
        A stream has a hole, or an item can't be read, or somebody has written into the table already.
    """
    streams = total = events = late = 0
    last: datetime | None = None
    try:
        for commit in commits:
            if commit.epoch > epoch:
                raise NotSound(
                    f"version {commit.version} of {commit.stream} is of epoch {commit.epoch}: the table is in use by "
                    "now, and can't be compared with its time any more"
                )
            streams += commit.version == 1
            total, events, late = total + 1, events + len(commit.events), late + (commit.at > at)
            last = commit.at if last is None else max(last, commit.at)
    except CorruptStream as exc:
        raise NotSound(
            f"{exc}. As of {clock.to_text(at)} the table can't be gone on from: restore it to some seconds earlier or "
            "later, as another epoch"
        ) from exc
    return Sound(streams=streams, commits=total, events=events, last=last, late=late)


def check_snapshots(sound: Sound, snapshots: Snapshots, heads: Heads, until: Deadline) -> Sound:
    """Hold every snapshot against its stream, and remove those that are further.

    One that is further makes a state of commits that are lost, and the next append would leave a hole.
    """
    fitting = removed = 0
    for snapshot in snapshots.all(until):
        head = heads.head(snapshot.stream, until)
        if head is not None and snapshot.version <= head.version:
            fitting += 1
        else:
            snapshots.remove(snapshot, until)
            removed += 1
    return replace(sound, snapshots=fitting, removed=removed)

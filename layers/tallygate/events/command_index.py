"""Which commands a stream has carried out already, for as far back as they were read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from tallygate.events.commit import Commit

MAX_COMMANDS = 100_000  # about 20 MB; beyond it the older half is dropped, and read back when it is asked for


class Ring(msgspec.Struct, frozen=True):
    """The newest part of an index, as it travels in a snapshot.

    Parameters
    ----------
    floor, oldest
        As of `CommandIndex`.
    commands : dict of str to int
        Versions by command id.
    """

    floor: int
    oldest: datetime | None
    commands: dict[str, int]


@dataclass(slots=True)
class CommandIndex:
    """Command ids by the version that carries them, complete for all versions above `floor`.

    Parameters
    ----------
    floor : int
        Commits up to this version have not been looked at. 0: every commit has.
    oldest : datetime or None
        When the commit above the floor was written; None where there is none.
    """

    floor: int = 0
    oldest: datetime | None = None
    versions: dict[str, int] = field(default_factory=dict)

    def add(self, commits: Iterable[Commit]) -> None:
        """Note commits that follow those noted before."""
        for commit in commits:
            self.oldest = self.oldest or commit.at
            self.versions.update(dict.fromkeys(commit.commands, commit.version))
        if len(self.versions) > MAX_COMMANDS:
            self.forget()

    def add_older(self, commit: Commit) -> None:
        """Note the commit at the floor, which sinks by one."""
        self.versions.update(dict.fromkeys(commit.commands, commit.version))
        self.floor, self.oldest = commit.version - 1, commit.at

    def covers(self, since: datetime) -> bool:
        """True if no commit at `since` or later lies below the floor."""
        return self.floor == 0 or (self.oldest is not None and self.oldest < since)

    def forget(self) -> None:
        """Drop the older half.

        When the commit above the new floor was written is no longer known: the next one noted is younger, so that
        `covers` errs towards reading back too much, never too little.
        """
        drop = sorted(self.versions.values())[len(self.versions) // 2]
        self.versions = {command: version for command, version in self.versions.items() if version > drop}
        self.floor, self.oldest = max(self.floor, drop), None

    def candidates(self, command_id: str) -> list[int]:
        """Versions that may carry the command."""
        return [self.versions[command_id]] if command_id in self.versions else []

    def newest(self, max_bytes: int) -> Ring:
        """Of the newest commits as many as have at most so many bytes of ids."""
        size, newest = 0, list[tuple[str, int]]()
        for command, version in reversed(self.versions.items()):
            size += len(command)
            if size > max_bytes:
                floor = max(version, self.floor)
                return Ring(floor, None, {id: at for id, at in reversed(newest) if at > floor})
            newest.append((command, version))
        return Ring(self.floor, self.oldest, dict(reversed(newest)))

    @classmethod
    def restored(cls, ring: Ring) -> "CommandIndex":
        """The index that holds only the ring."""
        return cls(ring.floor, ring.oldest, dict(ring.commands))

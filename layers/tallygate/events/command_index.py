"""Which commands a stream has carried out already, for as far back as they were read."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from tallygate.events.command_part import Digest, Named, Segment, digest64
from tallygate.events.commit import Commit

MAX_COMMANDS = 2_000_000  # about 30 MB; beyond it the oldest part is dropped
MAX_NAMED = 50_000  # of them by name, about 10 MB: the newest


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


class CommandIndex:
    """Command ids by the version that carries them, complete for all versions above `floor`.

    The newest ids are kept by name in two parts, of which only the last one grows; when it has grown enough, another
    one is begun and the one before is frozen. So a snapshot always finds many ids by name.

    Parameters
    ----------
    newest : Named, optional
        What is known already.
    digest : callable
        For tests.
    """

    __slots__ = ("_digest", "_older", "_parts")

    def __init__(self, newest: Named | None = None, *, digest: Digest = digest64) -> None:
        self._digest = digest
        self._parts: list[Named | Segment] = [Named() if newest is None else newest]  # oldest first, contiguous
        self._older: Named | None = None  # the first part, while it takes what is read back

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    @property
    def floor(self) -> int:
        """Commits up to this version have not been looked at, or are forgotten. 0: every commit is known."""
        return self._parts[0].floor

    @property
    def oldest(self) -> datetime | None:
        """When the commit above the floor was written, or a later time; None where that is not known.

        Too late a time makes `covers` err towards reading back too much, never too little.
        """
        return self._parts[0].oldest

    def add(self, commits: Iterable[Commit]) -> None:
        """Note commits that follow those noted before."""
        newest = self._newest_part()
        for commit in commits:
            newest.add(commit)
            if len(newest) > _named_part():
                newest = Named(commit.version)
                self._parts.append(newest)
                self._settle()

    def add_older(self, commit: Commit) -> bool:
        """Note the commit at the floor, which sinks by one.

        Returns
        -------
        bool
            False: it is not the one at the floor, or does not fit. Then nothing has changed: what is read back never
            pushes out what is newer, which would have to be read back in turn.
        """
        if commit.version != self.floor or len(self) + len(commit.commands) > MAX_COMMANDS:
            return False
        if self._older is None:
            self._older = Named(commit.version, backwards=True)
            self._parts.insert(0, self._older)
        self._older.add_older(commit)
        if len(self._older) > _named_part():
            self._parts[0] = self._older.frozen(self._digest)
            self._older = None
            self._merge()
        return True

    def covers(self, since: datetime) -> bool:
        """True if no commit at `since` or later lies below the floor."""
        return self.floor == 0 or (self.oldest is not None and self.oldest < since)

    def candidates(self, command_id: str) -> list[int]:
        """Versions that may carry the command, newest first: one that does is among them, if it is above the floor.

        Others are where two ids have one digest: look into the commits.
        """
        digest = self._digest(command_id)
        return [version for part in reversed(self._parts) for version in reversed(part.find(command_id, digest))]

    def newest(self, max_bytes: int) -> Ring:
        """Of the newest commits as many as have at most so many bytes of ids, and are known by name."""
        size, newest = 0, list[tuple[str, int]]()
        floor, oldest = self._newest_part().floor, self._newest_part().oldest
        for part in reversed(self._parts):
            if isinstance(part, Segment):
                break
            floor, oldest = part.floor, part.oldest
            for command, version in part.newest_first():
                size += len(command.encode())
                if size > max_bytes:
                    return Ring(version, None, {id: at for id, at in reversed(newest) if at > version})
                newest.append((command, version))
        return Ring(floor, oldest, dict(reversed(newest)))

    @classmethod
    def restored(cls, ring: Ring, *, digest: Digest = digest64) -> "CommandIndex":
        """The index that holds only the ring."""
        # Of the newest first in the ring: a dict that came through JSON keeps its order, but nobody promises it.
        commands = dict(sorted(ring.commands.items(), key=lambda entry: entry[1]))
        return cls(Named(ring.floor, ring.oldest, commands), digest=digest)

    def _newest_part(self) -> Named:
        newest = self._parts[-1]
        assert isinstance(newest, Named)  # noqa: S101 (no part but the last is ever begun by `add`)
        return newest

    def _settle(self) -> None:
        """Freeze what is no longer among the newest two parts, and drop the oldest parts above the bound."""
        for place, part in enumerate(self._parts[:-2]):
            if isinstance(part, Named) and part is not self._older:
                self._parts[place] = part.frozen(self._digest)
        self._merge()
        while len(self) > MAX_COMMANDS and len(self._parts) > 2:
            if self._parts.pop(0) is self._older:
                self._older = None

    def _merge(self) -> None:
        """Join neighbours up to a sixteenth of the bound: few parts to look into, few ids that are dropped at once."""
        merged: list[Named | Segment] = []
        for part in self._parts:
            last = merged[-1] if merged else None
            if isinstance(last, Segment) and isinstance(part, Segment) and len(last) + len(part) <= MAX_COMMANDS // 16:
                merged[-1] = last.merged(part)
            else:
                merged.append(part)
        self._parts = merged


def _named_part() -> int:
    """Ids by name in one of two parts."""
    return min(MAX_NAMED, MAX_COMMANDS // 4) // 2

"""Reads a stream into what is held of it: from a snapshot or the start, contiguous, through rewinds."""

import time
from collections.abc import Iterable
from typing import Generic, TypeVar

from tallygate.deadline import Deadline
from tallygate.events.command_index import CommandIndex
from tallygate.events.commit import Commit
from tallygate.events.errors import CorruptStream, WrongEpoch
from tallygate.events.folding import Folding
from tallygate.events.held import Held, Position
from tallygate.events.log import CommitLog
from tallygate.events.snapshot import Snapshot
from tallygate.events.standing import hole, standing_commits

S = TypeVar("S")


class Reader(Generic[S]):
    """Brings a held stream up to date.

    Parameters
    ----------
    log : CommitLog
    folding : Folding
    held : Held
        Only this reader changes it meanwhile.
    epoch : int
        The newest epoch that this code knows of.
    until : Deadline
    """

    def __init__(self, log: CommitLog, folding: Folding[S], held: Held, *, epoch: int, until: Deadline) -> None:
        self._log = log
        self._folding = folding
        self._held = held
        self._epoch = epoch
        self._until = until

    def catch_up(self) -> None:
        """Read everything that is new; page by page, so that a long stream is never in memory as commits.

        Raises
        ------
        CorruptStream, UnknownEventType, WrongEpoch
            The stream can't be folded by this code.
        Unavailable
            The deadline passed.
        """
        self.forget()
        at = time.monotonic()  # before the read: what is stored after it was sent may be missing from the answer
        if self._held.version < 0:
            self._begin()
        else:
            self._read_on()
        self._held.at = at

    def forget(self) -> None:
        """Hold the stream no longer if what is held tells of somebody who was forgotten."""
        if self._folding.forgotten(self._held.position.subjects):
            self._held.position, self._held.commands = Position(), CommandIndex()

    def advance(self, commit: Commit) -> None:
        """Fold the commit that follows. Raises as `catch_up` does."""
        before = self._held.position
        self._check(commit, before.version + 1, before.epoch)
        to = commit.rewinds_to
        self.step(commit, self._folding.apply(before.state, commit.events) if to is None else self.state_at(to))

    def step(self, commit: Commit, state: S) -> None:
        """Note the commit that follows, and the state after it."""
        held = self._held
        subjects = held.position.subjects | self._folding.subjects(commit.events)
        held.position = Position(commit.version, state, commit.epoch, subjects)
        held.bytes_read += commit.size
        held.commands.add([commit])

    def state_at(self, version: int) -> S:
        """The state as of a version: what a rewind to it makes the state again.

        Reads backwards and folds only what still counted at that version; those commits are in memory together.

        Raises
        ------
        InvalidVersion
            The stream has no such version.
        CorruptStream, UnknownEventType, WrongEpoch, Unavailable
            See `catch_up`.
        """
        state = self._folding.aggregate.initial
        for commit in standing_commits(self._log, self._folding.stream, version, self._until):
            self._check_epoch(commit, 0)
            state = self._folding.apply(state, commit.events)
        return state

    def _begin(self) -> None:
        held, aggregate = self._held, self._folding.aggregate
        held.position = Position(0, aggregate.initial)
        if not aggregate.snapshots:
            self._read_on()
            return
        look = self._log.first_look(self._folding.stream, self._until)
        snapshot = look.snapshot
        if snapshot is not None and self._start_from(snapshot) and not look.complete:
            self._read_on()
            return
        self._advance_all(commit for commit in look.commits if commit.version > held.version)
        if not look.complete:
            self._read_on()

    def _start_from(self, snapshot: Snapshot) -> bool:
        if snapshot.fold != self._folding.aggregate.fold or snapshot.epoch > self._epoch:
            return False
        state = self._folding.restore(snapshot.state, snapshot.subjects, snapshot.version)
        if state is None:
            return False
        held = self._held
        held.position = Position(snapshot.version, state, snapshot.epoch, frozenset(snapshot.subjects))
        held.commands = CommandIndex.restored(snapshot.ring)
        held.snapshot_size = snapshot.size
        return True

    def _read_on(self) -> None:
        self._advance_all(self._log.read(self._folding.stream, after=self._held.version, until=self._until))

    def _advance_all(self, commits: Iterable[Commit]) -> None:
        for commit in commits:
            self.advance(commit)

    def _check(self, commit: Commit, expected: int, epoch: int) -> None:
        if commit.version != expected:
            raise hole(commit, expected)
        self._check_epoch(commit, epoch)

    def _check_epoch(self, commit: Commit, epoch: int) -> None:
        if commit.epoch > self._epoch:
            raise WrongEpoch(
                f"version {commit.version} of {commit.stream} is of epoch {commit.epoch}, this code is set to "
                f"{self._epoch}: the table was restored since. Deploy with the table's epoch"
            )
        if commit.epoch < epoch:
            raise CorruptStream(
                f"version {commit.version} of {commit.stream} is of epoch {commit.epoch}, the one before of {epoch}: "
                "a writer that was not deployed again after a restore wrote it. Stop that writer, and restore again"
            )

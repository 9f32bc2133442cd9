"""One command on one stream: find it, or decide and append, until a version is won."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import uuid4

from tallygate.clock import Clock
from tallygate.deadline import Deadline, full_jitter
from tallygate.events.aggregate import Aggregate
from tallygate.events.cache import Held
from tallygate.events.commit import Commit
from tallygate.events.errors import Contended, CorruptStream, VersionConflict
from tallygate.events.log import CommitLog
from tallygate.events.reading import read_contiguous
from tallygate.events.stream_id import StreamId

S = TypeVar("S")

CLOCK_SKEW = timedelta(minutes=5)  # how far the clocks of two writers may be apart
_BASE_SECONDS, _CAP_SECONDS = 0.005, 0.5
# A stream that was held for longer is read before the decision: a read costs a fifth of the write that would be lost.
FRESH_SECONDS = 0.25


class Execution(Generic[S]):
    """The state machine of `EventStore.execute`; it has the held stream to itself."""

    def __init__(self, log: CommitLog, aggregate: Aggregate[S], stream: StreamId, held: Held, until: Deadline) -> None:
        self._log = log
        self._aggregate = aggregate
        self._stream = stream
        self._held = held
        self._until = until
        self._conflicts = 0

    def run(
        self,
        decide: Callable[[S], Sequence[object]],
        *,
        command_id: str,
        since: datetime,
        now: Clock,
        meta: Mapping[str, str],
    ) -> tuple[Commit | None, bool]:
        """The commit that carries the command (None: it decided for no events), and whether it stood there before."""
        current = self._ensure_read()
        while True:
            if (recorded := self._recorded(command_id, since - CLOCK_SKEW)) is not None:
                return recorded, True
            events = decide(self._held.state)
            if not events:
                if current:
                    return None, False
                self._catch_up()  # a decision for nothing is not confirmed by a write: read before believing it
                current = True
                continue
            commit = Commit(
                stream=self._stream,
                version=self._held.version + 1,
                commit_id=str(uuid4()),  # outside the retries of `put`: by it a repeated try is recognised
                events=self._aggregate.encode(events),
                commands=(command_id,),
                at=now(),
                meta=meta,
            )
            try:
                stored = self._log.put(commit, self._until)
            except VersionConflict as conflict:
                current = self._lose(conflict)
                continue
            self._advance([stored])
            self._held.at = time.monotonic()
            return stored, False

    def _ensure_read(self) -> bool:
        """Read what is new, unless it was read just now; True if the stream has been read."""
        if self._held.version >= 0:
            if time.monotonic() - self._held.at <= FRESH_SECONDS:
                return False
            self._catch_up()
            return True
        self._held.version, self._held.state = 0, self._aggregate.initial
        try:
            self._catch_up()
        except BaseException:
            self._held.version = -1  # half a stream must not be taken for one by the next command
            raise
        return True

    def _recorded(self, command_id: str, since: datetime) -> Commit | None:
        commands = self._held.commands
        if command_id not in commands.versions and not commands.covers(since):
            self._read_back(since)
        version = commands.versions.get(command_id)
        if version is None:
            return None
        for commit in read_contiguous(self._log, self._stream, after=version - 1, until=self._until):
            return commit
        raise CorruptStream(
            f"{self._stream} no longer has version {version}, which this process has read: an item was deleted"
        )

    def _read_back(self, since: datetime) -> None:
        commands = self._held.commands
        for commit in self._log.read_back(self._stream, before=commands.floor + 1, until=self._until):
            if commit.version != commands.floor:
                raise CorruptStream(
                    f"{self._stream} has no version {commands.floor}: an item was deleted or never restored"
                )
            commands.add_older(commit)
            if commands.covers(since):
                return

    def _lose(self, conflict: VersionConflict) -> bool:
        """Go on from the winner's version; True if everything that was stored by then has been read."""
        self._conflicts += 1
        self._advance([conflict.winner])
        if self._conflicts == 1:
            return False  # most often this process was behind by one commit, and now has it in hand
        pause = full_jitter(self._conflicts, base=_BASE_SECONDS, cap=_CAP_SECONDS)
        if self._until.left <= pause:
            raise Contended(self._stream, self._conflicts) from conflict
        time.sleep(pause)
        self._catch_up()
        return True

    def _catch_up(self) -> None:
        # Page by page, so that a long stream is never in memory as commits.
        for commit in read_contiguous(self._log, self._stream, after=self._held.version, until=self._until):
            self._advance([commit])
        self._held.at = time.monotonic()

    def _advance(self, commits: Iterable[Commit]) -> None:
        for commit in commits:
            self._held.state = self._aggregate.fold(self._held.state, commit.events)
            self._held.version = commit.version
            self._held.commands.add([commit])

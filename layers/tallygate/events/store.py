"""The event store's public interface: load a stream, append to what was loaded, execute a command exactly once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import uuid4

from tallygate import clock
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.events.aggregate import Aggregate
from tallygate.events.cache import StreamCache
from tallygate.events.commit import Commit
from tallygate.events.execution import Execution
from tallygate.events.log import CommitLog
from tallygate.events.reading import read_contiguous
from tallygate.events.stream_id import StreamId

S = TypeVar("S")

DEADLINE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """A stream as it was read, and the only thing that can be appended to.

    Parameters
    ----------
    aggregate : Aggregate
    stream : StreamId
    version : int
        The last version folded into `state`; 0: the stream has no commit yet.
    state : S
    """

    aggregate: Aggregate[S]
    stream: StreamId
    version: int
    state: S


@dataclass(frozen=True, slots=True)
class Executed(Generic[S]):
    """The outcome of a command.

    Parameters
    ----------
    commit : Commit or None
        The commit that carries the command; None if the decision was for no events, which is not recorded.
    state : S
        The state that includes it.
    repeated : bool
        True if the command had been carried out before, and nothing was written now.
    """

    commit: Commit | None
    state: S
    repeated: bool


class EventStore:
    """Events of aggregates, each stored once.

    Parameters
    ----------
    log : CommitLog
        Where commits are kept: `DynamoDBCommitLog`, or `MemoryCommitLog` in tests.
    now : callable, optional
        The wall clock, UTC.
    streams_held : int
        How many streams are held in memory between calls, so that the next command needs no read.
    """

    def __init__(self, log: CommitLog, *, now: clock.Clock = clock.utc_now, streams_held: int = 10_000) -> None:
        self._log = log
        self._now = now
        self._cache = StreamCache(streams_held)

    def load(self, aggregate: Aggregate[S], id: str, *, deadline_seconds: float = DEADLINE_SECONDS) -> Loaded[S]:
        """Read a stream, strongly consistent, and fold it. A stream without commits has the initial state.

        Raises
        ------
        CorruptStream, UnknownEventType
            The stream can't be folded by this code.
        Unavailable
            The deadline passed.
        """
        stream, until = aggregate.stream(id), Deadline.after(deadline_seconds)
        state, version = aggregate.initial, 0
        for commit in read_contiguous(self._log, stream, after=0, until=until):
            state, version = aggregate.fold(state, commit.events), commit.version
        return Loaded(aggregate, stream, version, state)

    def append(
        self,
        loaded: Loaded[S],
        events: Sequence[object],
        *,
        meta: Mapping[str, str] | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> Loaded[S]:
        """Store events as one commit after what was loaded, and return the stream with it.

        Raises
        ------
        VersionConflict
            Somebody else has appended since; the error carries that commit.
        OutcomeUnknown
            The deadline passed with the answer still out.
        InvalidEvent, CommitTooLarge, InvalidInput
            The events can't be stored; nothing was sent.
        """
        if not events:
            raise InvalidInput(f"no events to append to {loaded.stream}: pass at least one, or don't append")
        commit = Commit(
            stream=loaded.stream,
            version=loaded.version + 1,
            commit_id=str(uuid4()),  # once, outside every retry: by it a repeated try is recognised
            events=loaded.aggregate.encode(events),
            commands=(),
            at=self._now(),
            meta=meta or {},
        )
        stored = self._log.put(commit, Deadline.after(deadline_seconds))
        state = loaded.aggregate.fold(loaded.state, stored.events)
        return Loaded(loaded.aggregate, loaded.stream, stored.version, state)

    def execute(
        self,
        aggregate: Aggregate[S],
        id: str,
        decide: Callable[[S], Sequence[object]],
        *,
        command_id: str,
        since: datetime,
        meta: Mapping[str, str] | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> Executed[S]:
        """Carry out a command exactly once: load, decide, append; on a conflict catch up and decide again.

        Parameters
        ----------
        decide : callable
            `state -> events`, pure: it may be called several times.
        command_id : str
            The same for every try of the same command, from whichever process.
        since : datetime
            When the command was first tried, with an offset. Commits from five minutes before it onwards are searched
            for the command, however many there are.

        Raises
        ------
        Contended
            Other writers kept winning until the deadline; nothing is stored.
        OutcomeUnknown
            The answer to the write is still out; run the same command again.
        Unavailable, CorruptStream, UnknownEventType, InvalidEvent, CommitTooLarge, InvalidInput
            See `load` and `append`.
        """
        if not command_id:
            raise InvalidInput("the command_id is empty: give every command an id that is the same on every try")
        if since.tzinfo is None:
            raise InvalidInput(
                f"since={since.isoformat()} has no offset: pass a time in UTC, such as datetime.now(UTC)"
            )
        stream, until = aggregate.stream(id), Deadline.after(deadline_seconds)
        with self._cache.exclusive(stream, aggregate, until) as held:
            execution = Execution(self._log, aggregate, stream, held, until)
            commit, repeated = execution.run(decide, command_id=command_id, since=since, now=self._now, meta=meta or {})
            return Executed(commit, held.state, repeated)

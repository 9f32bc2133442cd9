"""The event store's public interface: load a stream, append to what was loaded, execute a command exactly once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from tallygate import clock
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.events import arguments
from tallygate.events.aggregate import Aggregate
from tallygate.events.cache import StreamCache
from tallygate.events.command import Command
from tallygate.events.commit import REWOUND, Commit, StoredEvent, new_commit_id
from tallygate.events.errors import InvalidVersion
from tallygate.events.execution import GROUP_COMMANDS, Execution
from tallygate.events.folding import Folding
from tallygate.events.folding import folding as folding_of
from tallygate.events.forgetting.sealing import Sealer
from tallygate.events.forgetting.vault import KeyVault
from tallygate.events.held import Held
from tallygate.events.loaded import Executed, Loaded
from tallygate.events.log import CommitLog
from tallygate.events.meter import StoreMeter
from tallygate.events.reader import Reader
from tallygate.events.snapshotter import Snapshotter
from tallygate.events.stream_id import StreamId
from tallygate.events.waiting_line import MAX_WAITING

S = TypeVar("S")

DEADLINE_SECONDS = 10.0


class EventStore:
    """Events of aggregates, each stored once.

    Parameters
    ----------
    log : CommitLog
        Where commits are kept: `DynamoDBCommitLog`, or `MemoryCommitLog` in tests.
    epoch : int
        The table's epoch; a restore from point-in-time recovery begins the next one.
    vault : KeyVault, optional
        The keys of personal data; needed only for aggregates that have some.
    now : callable, optional
        The wall clock, UTC.
    streams_held : int
        How many streams are held in memory between calls, so that the next command needs no read.
    group_commands : int
        How many commands that wait for one stream go into one commit at most; 1: none waits for another.
    waiting : int
        How many commands may wait for one stream in this process.
    meter : StoreMeter, optional
        Counts what is done.
    """

    def __init__(
        self,
        log: CommitLog,
        *,
        epoch: int = 1,
        vault: KeyVault | None = None,
        now: clock.Clock = clock.utc_now,
        streams_held: int = 10_000,
        group_commands: int = GROUP_COMMANDS,
        waiting: int = MAX_WAITING,
        meter: StoreMeter | None = None,
    ) -> None:
        self._log = log
        self._epoch = arguments.whole_number("epoch", epoch)
        self._vault = vault
        self._sealer = None if vault is None else Sealer(vault)
        self._now = now
        self._meter = meter or StoreMeter()
        self._group_commands = arguments.whole_number("group_commands", group_commands)
        held, room = arguments.whole_number("streams_held", streams_held), arguments.whole_number("waiting", waiting)
        self._cache = StreamCache(held, line_capacity=room)
        self._snapshotter = Snapshotter(log, epoch=epoch, now=now)

    def load(self, aggregate: Aggregate[S], id: str, *, deadline_seconds: float = DEADLINE_SECONDS) -> Loaded[S]:
        """Read a stream, strongly consistent, and fold it. A stream without commits has the initial state.

        One Query where this process holds the stream; else the snapshot and what follows it.

        Raises
        ------
        CorruptStream, UnknownEventType, WrongEpoch
            The stream can't be folded by this code.
        Unavailable
            The deadline passed.
        """
        until = arguments.deadline(deadline_seconds)
        folding = self._folding(aggregate, aggregate.stream(id), until)
        held = self._cache.get(folding.stream, aggregate)
        if not held.line.try_lead():
            held = held.copied()  # a command is being carried out on it: read for ourselves, from where it was
            with self._meter.watching():
                self._reader(folding, held, until).catch_up()
            return Loaded(aggregate, folding.stream, held.version, held.state)
        try:
            with self._meter.watching():
                self._reader(folding, held, until).catch_up()
            self._snapshotter.consider(folding, held)
            return Loaded(aggregate, folding.stream, held.version, held.state)
        finally:
            held.line.hand_over()

    def state_at(
        self, aggregate: Aggregate[S], id: str, version: int, *, deadline_seconds: float = DEADLINE_SECONDS
    ) -> S:
        """The state as it was after a version: what `rewind` to it makes the state again.

        Raises
        ------
        InvalidVersion
            The stream has no such version.
        CorruptStream, UnknownEventType, WrongEpoch, Unavailable
            See `load`.
        """
        until = arguments.deadline(deadline_seconds)
        folding = self._folding(aggregate, aggregate.stream(id), until)
        return self._reader(folding, Held(), until).state_at(arguments.version(version))

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
        until = arguments.deadline(deadline_seconds)
        folding = self._folding(loaded.aggregate, loaded.stream, until)
        commit = self._commit(loaded, folding.encode(arguments.events(events, loaded.stream)), new_commit_id(), meta)
        state = folding.apply(loaded.state, commit.events)  # before it is sent: what can't be folded is not stored
        stored = self._put(loaded, commit, until)
        return Loaded(loaded.aggregate, loaded.stream, stored.version, state)

    def append_together(
        self,
        appends: Sequence[tuple[Loaded[Any], Sequence[object]]],
        *,
        meta: Mapping[str, str] | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> list[Loaded[Any]]:
        """Store events of several streams, all or none, by a transaction; it costs twice as much as single appends.

        Parameters
        ----------
        appends : sequence of (Loaded, events)
            Each of another stream, at most 100.

        Raises
        ------
        VersionConflict
            One of the streams has a newer commit; none of the events are stored.
        OutcomeUnknown, InvalidEvent, CommitTooLarge, InvalidInput
            See `append`.
        """
        streams = [loaded.stream for loaded, _ in appends]
        if not streams or len(set(streams)) < len(streams):
            raise InvalidInput("append_together takes at least one stream, and each stream once: join its events")
        until, commit_id = arguments.deadline(deadline_seconds), new_commit_id()
        commits, states = [], []
        for loaded, events in appends:
            folding = self._folding(loaded.aggregate, loaded.stream, until)
            commits.append(
                self._commit(loaded, folding.encode(arguments.events(events, loaded.stream)), commit_id, meta)
            )
            states.append(folding.apply(loaded.state, commits[-1].events))
        with self._meter.watching():
            stored = self._meter.put_together(self._log, commits, until)
        for loaded, _ in appends:
            self._cache.mark_old(loaded.stream, loaded.aggregate)
        return [
            Loaded(loaded.aggregate, loaded.stream, commit.version, state)
            for (loaded, _), commit, state in zip(appends, stored, states, strict=True)
        ]

    def rewind(
        self, loaded: Loaded[S], to: int, *, reason: str, deadline_seconds: float = DEADLINE_SECONDS
    ) -> Loaded[S]:
        """Append a commit after which the state is what it was after version `to` (0: the initial state).

        Nothing is deleted: the commits in between stay, and their commands still count as carried out.

        Parameters
        ----------
        loaded : Loaded
            The stream as it is now.
        reason : str
            For those who read the stream later; it is stored.

        Raises
        ------
        InvalidVersion
            `to` is none of the stream's earlier versions.
        VersionConflict, OutcomeUnknown, CorruptStream, Unavailable, InvalidInput
            See `append` and `load`.
        """
        if arguments.version(to) >= loaded.version:
            now = f"{loaded.stream} is at version {loaded.version}"
            raise InvalidVersion(f"{now}: rewind to an earlier one, not to {to!r}")
        if not reason.strip():
            raise InvalidInput(f"say why {loaded.stream} is rewound: the reason is empty")
        until = arguments.deadline(deadline_seconds)
        folding = self._folding(loaded.aggregate, loaded.stream, until)
        state = self._reader(folding, Held(), until).state_at(to)
        event = StoredEvent(REWOUND, 1, {"to": to, "reason": reason})
        stored = self._put(loaded, self._commit(loaded, (event,), new_commit_id(), None), until)
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

        Commands that wait in this process for the same stream go out in one commit, each under its own id.

        Parameters
        ----------
        decide : callable
            `state -> events`, pure: it may be called several times, also by another thread.
        command_id : str
            The same for every try of the same command, from whichever process.
        since : datetime
            When the command was first tried, with an offset. Commits from five minutes before it onwards are searched
            for the command, however many there are.

        Raises
        ------
        Contended
            Other writers kept winning until the deadline; nothing is stored.
        Overloaded
            Too many commands of this process wait for the stream; nothing is stored.
        OutcomeUnknown
            The answer to the write is still out; run the same command again.
        Unavailable, CorruptStream, UnknownEventType, WrongEpoch, InvalidEvent, CommitTooLarge, InvalidInput
            See `load` and `append`.
        """
        until = arguments.deadline(deadline_seconds)
        folding = self._folding(aggregate, aggregate.stream(id), until)
        command = Command(
            decide=decide,
            id=arguments.command_id(command_id),
            since=arguments.since(since),
            meta=arguments.meta(meta),
            until=until,
        )
        held = self._cache.get(folding.stream, aggregate)
        with self._meter.watching():
            held.line.pass_through(command, folding.stream, lambda: self._lead(folding, held, command))
            if command.error is not None:
                raise command.error
        return Executed(command.commit, command.state, command.repeated)

    def forget(self, subject: str, *, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        """Make the personal data of a subject unreadable for ever: in every stream, snapshot and backup.

        Other processes go on to read them for at most as long as their vault caches keys. Streams are folded as before,
        with what the fields' marks say in their place.

        Raises
        ------
        UnknownSubject
            The vault never had a key for it: most likely a slip in the id.
        InvalidInput
            The store has no vault.
        Unavailable, VaultUnusable
            Perhaps it is forgotten: try again.
        """
        if self._vault is None:
            raise InvalidInput(f"there is no vault to forget {subject!r} in: give the event store one")
        self._vault.forget(subject, arguments.deadline(deadline_seconds))

    def settle(self, seconds: float = 5.0) -> bool:
        """Wait for snapshots that are being written; True if none is any more."""
        return self._snapshotter.settle(seconds)

    def _lead(self, folding: Folding[Any], held: Held, command: Command) -> None:
        execution = Execution(
            self._log,
            folding,
            held,
            epoch=self._epoch,
            now=self._now,
            until=command.until,
            group_commands=self._group_commands,
            meter=self._meter,
        )
        execution.serve(command)
        self._snapshotter.consider(folding, held)

    def _put(self, loaded: Loaded[Any], commit: Commit, until: Deadline) -> Commit:
        with self._meter.watching():
            stored = self._meter.put(self._log, commit, until)
        self._cache.mark_old(loaded.stream, loaded.aggregate)
        return stored

    def _folding(self, aggregate: Aggregate[S], stream: StreamId, until: Deadline) -> Folding[S]:
        return folding_of(aggregate, stream, until, self._sealer)

    def _reader(self, folding: Folding[S], held: Held, until: Deadline) -> Reader[S]:
        return Reader(self._log, folding, held, epoch=self._epoch, until=until)

    def _commit(
        self, loaded: Loaded[Any], events: tuple[StoredEvent, ...], commit_id: str, meta: Mapping[str, str] | None
    ) -> Commit:
        # The commit_id is made once, outside every retry: by it a repeated try is recognised.
        version, checked = loaded.version + 1, arguments.meta(meta)
        return Commit(loaded.stream, version, commit_id, events, (), self._now(), self._epoch, checked)

"""Leads a stream's line: takes the commands that wait, decides them, and appends them until a version is won."""

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Generic, TypeVar

from tallygate.clock import Clock
from tallygate.deadline import Deadline, full_jitter
from tallygate.errors import InvalidInput, TransientError
from tallygate.events.command import Command
from tallygate.events.commit import Commit, new_commit_id
from tallygate.events.draft import Draft
from tallygate.events.errors import Contended, VersionConflict
from tallygate.events.folding import Folding
from tallygate.events.held import Held
from tallygate.events.log import CommitLog
from tallygate.events.meter import StoreMeter
from tallygate.events.reader import Reader
from tallygate.events.recorded import recorded
from tallygate.events.serializer import dump

S = TypeVar("S")

CLOCK_SKEW = timedelta(minutes=5)  # how far the clocks of two writers may be apart
# A stream that was held for longer is read before the decision: a read costs a fifth of the write that would be lost.
FRESH_SECONDS = 0.25
GROUP_COMMANDS = 100  # in one commit
GROUP_BYTES = 256 * 1024  # of their events, before compression: more goes into the next commit
_BASE_SECONDS, _CAP_SECONDS = 0.005, 0.5


class Execution(Generic[S]):
    """The state machine of `EventStore.execute`; whoever runs it leads the line of the held stream."""

    def __init__(
        self,
        log: CommitLog,
        folding: Folding[S],
        held: Held,
        *,
        epoch: int,
        now: Clock,
        until: Deadline,
        group_commands: int = GROUP_COMMANDS,
        meter: StoreMeter | None = None,
    ) -> None:
        self._log = log
        self._folding = folding
        self._held = held
        self._epoch = epoch
        self._now = now
        self._until = until
        self._group_commands = group_commands
        self._meter = meter or StoreMeter()
        self._reader = Reader(log, folding, held, epoch=epoch, until=until)
        self._conflicts = 0

    def serve(self, own: Command) -> None:
        """Carry out what waits, first come first served, until `own` is done."""
        while not own.done and not own.left:
            group = self._held.line.take(self._group_commands)
            if not group:  # can't be: who leads is in the line until done. Better an error than a thread that spins
                raise RuntimeError(f"the command {own.id} was lost from the line of {self._folding.stream}")
            try:
                self._carry_out(group)
            except TransientError as exc:
                # The leader's deadline, perhaps: others may have longer. Their ids keep them from taking effect twice.
                self._held.at = 0.0
                self._give_up(own, group, exc)
            except Exception as exc:  # noqa: BLE001 (whatever keeps the stream from being read or written)
                _fail_all(group, exc)
            except BaseException:
                self._held.line.put_back([command for command in group if not command.done and command is not own])
                raise

    def _carry_out(self, group: Sequence[Command]) -> None:
        current = self._ensure_read()
        while group := self._outstanding(group):
            draft = self._decide(group)
            if not draft.events and not current:
                # A decision for nothing is confirmed by no write, nor is a refusal: read before believing it.
                self._reader.catch_up()
                current = True
                continue
            try:
                draft.finish(self._append(draft) if draft.events else None)
            except VersionConflict as conflict:
                current = self._lose(conflict)
                continue  # the group dissolves: who is in the winner's commit is told so, the others decide again
            except InvalidInput as exc:
                self._refuse(draft, exc)
                continue
            current = True
            group = draft.next

    def _ensure_read(self) -> bool:
        """Read what is new, unless it was read just now; True if the stream has been read."""
        self._reader.forget()
        if self._held.version >= 0 and time.monotonic() - self._held.at <= FRESH_SECONDS:
            return False
        self._reader.catch_up()
        return True

    def _outstanding(self, group: Sequence[Command]) -> list[Command]:
        """Those that no commit carries yet; the others are told which one does."""
        rest: list[Command] = []
        for command in group:
            if command.done or command.left:
                continue
            stream, commands = self._folding.stream, self._held.commands
            since = command.since - CLOCK_SKEW
            commit = recorded(self._log, stream, commands, command.id, since=since, until=self._until)
            if commit is None:
                rest.append(command)
            else:
                command.finish(commit, self._held.state)
        return rest

    def _decide(self, group: Sequence[Command]) -> Draft:
        draft = Draft(self._held.state)
        for command in group:
            if command.id in draft.carried or draft.size > GROUP_BYTES:
                draft.next.append(command)
                continue
            try:
                stored = self._folding.encode(command.decide(draft.state))
                state = self._folding.apply(draft.state, stored)
            except Exception as exc:  # noqa: BLE001 (whatever the user's decision raises is for its caller alone)
                draft.refused.append((command, exc))
                continue
            if not stored:
                draft.idle.append(command)
                continue
            draft.carried[command.id] = command
            draft.state = state
            draft.events.extend(stored)
            if len(group) > 1:
                draft.size += len(dump(stored))
        return draft

    def _append(self, draft: Draft) -> Commit:
        first = next(iter(draft.carried.values()))
        commit = Commit(
            stream=self._folding.stream,
            version=self._held.version + 1,
            commit_id=new_commit_id(),  # outside the retries of `put`: by it a repeated try is recognised
            events=tuple(draft.events),
            commands=tuple(draft.carried),
            at=self._now(),
            epoch=self._epoch,
            meta=first.meta,
        )
        for command in draft.carried.values():
            command.sent_in.append(commit.commit_id)
        stored = self._meter.put(self._log, commit, self._until)
        self._reader.step(stored, draft.state)
        self._held.at = time.monotonic()
        return stored

    def _refuse(self, draft: Draft, error: InvalidInput) -> None:
        """What was drafted can't be stored: it is one command's fault, and only that one's."""
        carried = list(draft.carried.values())
        if len(carried) == 1:
            carried[0].fail(error)
            return
        for command in carried:
            self._carry_out([command])

    def _lose(self, conflict: VersionConflict) -> bool:
        """Go on from the winner's version; True if everything that was stored by then has been read."""
        self._conflicts += 1
        self._reader.advance(conflict.winner)
        if self._conflicts == 1:
            return False  # most often this process was behind by one commit, and now has it in hand
        pause = full_jitter(self._conflicts, base=_BASE_SECONDS, cap=_CAP_SECONDS)
        if self._until.left <= pause:
            raise Contended(self._folding.stream, self._conflicts) from conflict
        time.sleep(pause)
        self._reader.catch_up()
        return True

    def _give_up(self, own: Command, group: Sequence[Command], error: TransientError) -> None:
        waiting = [command for command in group if not command.done]
        for command in waiting:
            if command is own or command.until.passed:
                command.fail(error)
        self._held.line.put_back([command for command in waiting if not command.done])


def _fail_all(commands: Iterable[Command], error: Exception) -> None:
    for command in commands:
        if not command.done:
            command.fail(error)

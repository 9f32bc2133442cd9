"""What an effect does with commits: it sends a message for each event, then notes how far it came.

A process that dies between the two sends again, with the same keys: at least once on the wire, once for a receiver
that drops the keys it has seen.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from tallygate.deadline import Deadline
from tallygate.events.commit import Commit
from tallygate.events.folding import Folding, folding
from tallygate.events.log import CommitLog
from tallygate.events.stream_id import StreamId
from tallygate.projections.effect import Effect, Message
from tallygate.projections.fold import REFUSALS, in_one_line, in_time, users_code
from tallygate.projections.outbox import Outbox
from tallygate.projections.row import Row
from tallygate.projections.step import Refused, Taken
from tallygate.projections.time_limit import Call, here

if TYPE_CHECKING:
    from tallygate.events.forgetting.sealing import Sealer

PAGE_COMMITS = 25  # what is sent again where a process dies: at most so much


class _Told(msgspec.Struct, frozen=True):
    messages: list[Message]
    last: Commit | None
    refused: Refused | None = None


class Telling:
    """The step of an effect.

    Parameters
    ----------
    effect : Effect
    outbox : Outbox
    sealer : Sealer, optional
        Where the events have personal fields.
    call : callable, optional
        Runs the user's code: `MainThread.call`.
    """

    page = PAGE_COMMITS

    def __init__(self, effect: Effect, outbox: Outbox, sealer: "Sealer | None" = None, *, call: Call = here) -> None:
        self._effect = effect
        self._outbox = outbox
        self._sealer = sealer
        self._call = call
        self.id = effect.id
        self.category = effect.of.category

    def begin(self, stream: StreamId, row: Row | None, log: CommitLog, until: Deadline) -> Row | None:
        """See `Step.begin`. What was sent of the earlier epoch stays sent; what was restored of it and not sent is."""
        if row is None:
            return None
        earlier = (
            c.version for c in log.read_back(stream, before=row.version + 1, until=until) if c.epoch <= row.epoch
        )
        restored = next(earlier, 0)
        return replace(row, version=restored) if restored else None

    def take(self, stream: StreamId, row: Row | None, commits: Sequence[Commit], epoch: int, until: Deadline) -> Taken:
        """See `Step.take`."""
        opened = folding(self._effect.of, stream, until, self._sealer)
        told = self._call(lambda: self._tell(opened, commits))
        if told.messages:
            self._outbox.send(told.messages, until)
        if told.last is None:
            return Taken(row, told.refused)
        return Taken(Row(stream, told.last.version, epoch, told.last.at), told.refused, len(told.messages))

    def renewed(self, row: Row, until: Deadline) -> Row | None:
        """See `Step.renewed`: nothing that was sent is ever made anew."""
        return row

    def _tell(self, opened: Folding[object], commits: Sequence[Commit]) -> _Told:
        messages: list[Message] = []
        last: Commit | None = None
        for commit in commits:
            try:
                messages += self._messages(opened, commit)
            except REFUSALS as exc:
                return _Told(messages, last, Refused(commit.version, in_one_line(exc)))
            last = commit
        return _Told(messages, last)

    def _messages(self, opened: Folding[object], commit: Commit) -> list[Message]:
        messages = []
        for index, stored in enumerate(commit.events):
            if commit.rewinds_to is not None or not self._effect.wants(commit, stored):
                continue
            with users_code():
                event = opened.decode(stored)
            message = in_time(
                lambda index=index, event=event: self._effect.message_for(commit, index, event),  # type: ignore[misc]
                self._effect.message_seconds,
                what=f"`message` of {self.id}",
            )
            if message is not None:
                messages.append(message)
        return messages

"""The relay: from a batch of DynamoDB Streams to the transport."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from tallygate import clock
from tallygate.deadline import Deadline, full_jitter
from tallygate.errors import Unavailable
from tallygate.relay.bell import Bell
from tallygate.relay.changed_commit import ChangedCommit
from tallygate.relay.errors import CorruptRecord
from tallygate.relay.parcel import Parcel, pack
from tallygate.relay.stream_record import StreamRecord, bell_of, changed_commit_of, sequence_number
from tallygate.relay.transport import MAX_RECORDS, Transport, fitting

_BASE_SECONDS, _CAP_SECONDS = 0.05, 1.0  # a throttled shard has room again within a second


class Forwarded(msgspec.Struct, frozen=True):
    """What became of a batch.

    Parameters
    ----------
    bells : tuple of Bell
        What the transport surely has, in the order in which it took them.
    retry_from : str or None
        The lowest sequence number that it may not have: the batch is to be handed over again from there. None: it has
        all. Empty: the record has no number, the whole batch is to be handed over again.
    skipped : int
        Records that are no commits.
    unreadable : tuple of str
        What is wrong with those that have no key of a commit. They are dropped: no reader could find them in the table.
    resent : int
        Records that were sent once more, counted each time.
    trouble : str
        Why something was last sent again; empty if nothing was.
    """

    bells: tuple[Bell, ...]
    retry_from: str | None = None
    skipped: int = 0
    unreadable: tuple[str, ...] = ()
    resent: int = 0
    trouble: str = ""


class Relay:
    """Forwards commits: each at least once, in order where nothing is refused.

    Parameters
    ----------
    transport : Transport
    now : callable
        The wall clock, UTC.
    """

    def __init__(self, transport: Transport, *, now: clock.Clock = clock.utc_now) -> None:
        self._transport = transport
        self._now = now

    def forward(
        self,
        stream_records: Sequence[StreamRecord],
        until: Deadline,
        tell: Callable[[Sequence[ChangedCommit]], None] = lambda _: None,
    ) -> Forwarded:
        """Send a bell for each commit among the records.

        What is refused or gets no answer is sent again until the deadline; what is left then is `retry_from`.

        Parameters
        ----------
        stream_records : sequence of mapping
            The `Records` of a Lambda event of DynamoDB Streams.
        tell : callable
            Called with the changed commits among them, if there are any, before anything is sent: what becomes of the
            rest, and how often the batch comes again, they don't wait for it.

        Raises
        ------
        ClientError
            The transport's answer is final: access denied, no such stream. Some of the records may have been sent.
        """
        read = _read(stream_records, self._now())
        if read.changed:
            tell(read.changed)
        sending = _Sending(self._transport, read.parcels)
        sending.run(until)
        return Forwarded(
            tuple(parcel.bell for parcel in sending.sent),
            sending.pending[0].sequence_number if sending.pending else None,
            skipped=read.skipped,
            unreadable=tuple(read.unreadable),
            resent=sending.resent,
            trouble=sending.trouble,
        )


class _Sending:
    """One batch on its way. `pending` is always in the order of the table's stream: its first is the lowest."""

    def __init__(self, transport: Transport, parcels: list[Parcel]) -> None:
        self._transport = transport
        self.pending = parcels
        self.sent: list[Parcel] = []
        self.resent = 0
        self.trouble = ""

    def run(self, until: Deadline) -> None:
        attempt = 0
        while self.pending and not until.passed:
            refused = self._call()
            if not refused:
                attempt = 0
                continue
            pause = full_jitter(attempt, base=_BASE_SECONDS, cap=_CAP_SECONDS)
            if until.left <= pause:
                return
            time.sleep(pause)
            attempt += 1
            self.resent += refused

    def _call(self) -> int:
        """Send as many as go into one call. Those refused stay first in line, so that a stream's are not overtaken.

        They are overtaken by what was kept of the same call: the readers' version gate waits for them.
        """
        count = fitting([parcel.record for parcel in self.pending[:MAX_RECORDS]])
        chosen, rest = self.pending[:count], self.pending[count:]
        try:
            refused = self._transport.put([parcel.record for parcel in chosen])
        except Unavailable as exc:
            self.trouble = str(exc)
            return count
        if refused:
            self.trouble = next(iter(refused.values()))
        self.sent += [parcel for index, parcel in enumerate(chosen) if index not in refused]
        self.pending = [chosen[index] for index in sorted(refused)] + rest
        return len(refused)


class _Read(msgspec.Struct):
    """A batch, sorted by what is to be done with it."""

    parcels: list[Parcel]
    changed: list[ChangedCommit]
    unreadable: list[str]
    skipped: int = 0


def _read(stream_records: Sequence[StreamRecord], relayed: datetime) -> _Read:
    read = _Read([], [], [])
    for record in stream_records:
        try:
            found = bell_of(record, relayed) or changed_commit_of(record)
        except CorruptRecord as exc:
            read.unreadable.append(str(exc))
            continue
        if isinstance(found, Bell):
            read.parcels.append(pack(found, sequence_number(record)))
        elif found is not None:
            read.changed.append(found)
        else:
            read.skipped += 1
    return read

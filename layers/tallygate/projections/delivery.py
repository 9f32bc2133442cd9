"""What Kinesis hands over, taken to the gate: stream by stream, many at a time."""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput, TransientError
from tallygate.events.commit import Commit
from tallygate.events.items import Fetch, read_commit
from tallygate.events.stream_id import StreamId, stream_id
from tallygate.projections.gate import Gate
from tallygate.projections.offered import Offered
from tallygate.projections.time_limit import MainThread
from tallygate.relay.bell import read_bell
from tallygate.relay.errors import CorruptRecord

THREADS = 16


class Record(msgspec.Struct, frozen=True):
    """A record of Kinesis.

    Parameters
    ----------
    sequence : str
        Its sequence number.
    partition_key : str
    data : bytes
    """

    sequence: str
    partition_key: str
    data: bytes

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Record":
        """The record as Lambda hands it over."""
        kinesis = record["kinesis"]
        return cls(kinesis["sequenceNumber"], kinesis["partitionKey"], base64.b64decode(kinesis["data"]))


class Delivered(msgspec.Struct, frozen=True):
    """What became of a batch.

    Parameters
    ----------
    offered : tuple of Offered
        One for each stream that was taken to the gate.
    retry_from : str or None
        The lowest sequence number of the streams that couldn't be taken: the batch is to be handed over again from
        there. None: all of it is done.
    trouble : str
        Why; the first of the reasons.
    corrupt : tuple of str
        What is wrong with records that are no bells. Where their key is a stream's, that stream was read instead.
    passed_over : int
        Records of other categories.
    """

    offered: tuple[Offered, ...]
    retry_from: str | None
    trouble: str
    corrupt: tuple[str, ...]
    passed_over: int


class Delivery:
    """Takes batches to a gate.

    Parameters
    ----------
    gate : Gate
    category : str
        Of the streams that the consumer follows; records of others are passed over.
    main : MainThread
        Where the user's code runs.
    fetch : callable
        An overflow object by its key.
    transient : callable
        True for an error that says nothing against the records.
    """

    def __init__(
        self,
        gate: Gate,
        category: str,
        main: MainThread,
        fetch: Fetch,
        *,
        transient: Callable[[Exception], bool] = lambda exc: isinstance(exc, TransientError),
    ) -> None:
        self._gate = gate
        self._prefix = f"{category}-"
        self._main = main
        self._fetch = fetch
        self._transient = transient

    def deliver(self, records: Sequence[Record], until: Deadline) -> Delivered:
        """Take all records to the gate.

        Raises
        ------
        WrongEpoch, and AWS's own errors that are answers
            After everything else was tried: the first of them.
        """
        batch = _Batch(self._prefix, self._fetch)
        for record in records:
            batch.add(record)
        streams = list(batch.streams)
        futures = self._main.map(lambda stream: self._offer(stream, batch, until), streams, threads=THREADS)
        offered, failed, trouble = [], [], ""
        errors: list[BaseException] = []
        for stream, future in zip(streams, futures, strict=True):
            error = future.exception()
            if error is None:
                offered.append(future.result())
            elif isinstance(error, Exception) and self._transient(error):
                failed.append(stream)
                trouble = trouble or str(error)
            else:
                errors.append(error)
        if errors:
            raise errors[0]
        retry = min((batch.first[stream] for stream in failed), default=None)
        retry_from = None if retry is None else records[retry].sequence
        return Delivered(tuple(offered), retry_from, trouble, tuple(batch.corrupt), batch.passed_over)

    def _offer(self, stream: StreamId, batch: "_Batch", until: Deadline) -> Offered:
        if stream in batch.to_the_end:
            return self._gate.catch_up(stream, until)
        return self._gate.offer(stream, batch.streams[stream], until)


class _Batch:
    """Commits by stream and version."""

    def __init__(self, prefix: str, fetch: Fetch) -> None:
        self._prefix = prefix
        self._fetch = fetch
        self._records = 0
        self.streams: dict[StreamId, dict[int, Commit | None]] = {}
        self.first: dict[StreamId, int] = {}  # the index of a stream's first record
        self.to_the_end: set[StreamId] = set()  # to be read from the table: a record of theirs told nothing
        self.corrupt: list[str] = []
        self.passed_over = 0

    def add(self, record: Record) -> None:
        index, self._records = self._records, self._records + 1
        if not record.partition_key.startswith(self._prefix):
            self.passed_over += 1
            return
        try:
            bell = read_bell(record.data, record.partition_key)
        except CorruptRecord as exc:
            self.corrupt.append(str(exc))
            if (stream := _stream(record.partition_key)) is not None:
                self._of(stream, index)
                self.to_the_end.add(stream)
            return
        commits = self._of(bell.stream, index)
        commit = None
        if bell.item is not None and commits.get(bell.version) is None:
            try:
                commit = read_commit(bell.item, self._fetch)
            except Exception:  # noqa: BLE001 (the table is asked, and says what is wrong, for this stream alone)
                commit = None
            commits[bell.version] = commit
        commits.setdefault(bell.version, None)

    def _of(self, stream: StreamId, index: int) -> dict[int, Commit | None]:
        self.first.setdefault(stream, index)
        return self.streams.setdefault(stream, {})


def _stream(partition_key: str) -> StreamId | None:
    category, _, id = partition_key.partition("-")
    try:
        return stream_id(category, id)
    except InvalidInput:
        return None

"""A batch of Kinesis: whatever it brings, each stream gets what is its own, and trouble stays with the stream."""

import base64
import random
import threading

import pytest

from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tallygate.events import Commit, MemoryCommitLog, StreamId, WrongEpoch
from tallygate.events.items import Fetch, commit_item
from tallygate.events.overflow.blobs import BlobsUnusable
from tallygate.events.overflow.memory import MemoryBlobs
from tallygate.projections.delivery import Delivered, Delivery, Record
from tallygate.projections.fold import Fold
from tallygate.projections.gate import Gate
from tallygate.projections.memory import MemoryRows
from tallygate.projections.row import Row
from tallygate.projections.rows import Put
from tallygate.projections.time_limit import MainThread
from tallygate.relay.bell import Bell, dump_bell
from tests.accounts import ACCOUNT
from tests.unit.projections.ledger import AT, commit, ledger, truth

ONE, TWO, THREE = (ACCOUNT.stream(id) for id in "123")


def no_object(key: str) -> bytes:
    raise AssertionError(key)


class MoodyRows(MemoryRows):
    """Some streams' rows can't be reached."""

    def __init__(self) -> None:
        super().__init__("ledger-1")
        self.out: dict[str, Exception] = {}

    def get(self, stream: StreamId, until: Deadline) -> Row | None:
        if stream in self.out:
            raise self.out[stream]
        return super().get(stream, until)

    def put(self, row: Row, standing: Row | None, until: Deadline) -> Put:
        self.get(row.stream, until)
        return super().put(row, standing, until)


class Bench:
    """A log, rows, and a delivery; records are numbered as they are made."""

    def __init__(self, fetch: Fetch = no_object) -> None:
        self.log, self.rows, self.main = MemoryCommitLog(), MoodyRows(), MainThread()
        self.until = Deadline.after(30)
        self.delivery = Delivery(
            Gate(Fold(ledger(), self.log, call=self.main.call), self.rows, self.log), "account", self.main, fetch
        )
        self.made = 0

    def store(self, *commits: Commit) -> None:
        for one in commits:
            self.log.put(one, self.until)

    def record(self, of: Commit, *, pointer: bool = False) -> Record:
        return self.raw(
            of.stream, dump_bell(Bell(of.stream, of.version, None if pointer else commit_item(of).item, AT))
        )

    def raw(self, key: str, data: bytes) -> Record:
        self.made += 1
        return Record(str(self.made), key, data)

    def deliver(self, *records: Record) -> Delivered:
        return self.delivery.deliver(records, self.until)

    def is_exact(self, *streams: StreamId) -> bool:
        return all(
            ledger().parse(self.rows._rows[stream].view) == truth(self.log, stream)
            and self.rows._rows[stream].version == self.log._head(stream)
            for stream in streams
        )


@pytest.fixture
def bench() -> Bench:
    return Bench()


def history(stream: StreamId, length: int) -> list[Commit]:
    return [commit(stream, version, version) for version in range(1, length + 1)]


def test_a_record_as_lambda_hands_it_over() -> None:
    data = base64.b64encode(b"{}").decode()
    kinesis = {"sequenceNumber": "49", "partitionKey": "account-1", "data": data, "approximateArrivalTimestamp": 1.0}
    assert Record.of({"kinesis": kinesis, "eventID": "s:49"}) == Record("49", "account-1", b"{}")


def test_repeated_and_in_disorder_each_commit_is_taken_once(bench: Bench) -> None:
    commits = [one for stream in (ONE, TWO) for one in history(stream, 5)]
    bench.store(*commits)
    records = [bench.record(one) for one in commits * 3]
    random.Random(7).shuffle(records)
    delivered = bench.deliver(*records)
    assert bench.is_exact(ONE, TWO)
    told = {(one.stream, one.version, one.writes, one.healed) for one in delivered.offered}
    assert told == {(ONE, 5, 1, 0), (TWO, 5, 1, 0)}
    again = bench.deliver(*records)
    assert {(one.events, one.dropped) for one in again.offered} == {(0, 5)}


def test_a_pointer_sends_to_the_table_unless_the_commit_is_in_the_batch_too(bench: Bench) -> None:
    one, two = history(ONE, 1) + history(TWO, 1)
    bench.store(one, two)
    pointers = [bench.record(commit, pointer=True) for commit in (one, one, two)]
    delivered = bench.deliver(pointers[0], bench.record(one), *pointers[1:])
    assert bench.is_exact(ONE, TWO)
    assert [offered.healed for offered in delivered.offered] == [0, 1]


def test_a_corrupt_record_rings_the_bell_of_its_stream(bench: Bench) -> None:
    bench.store(*history(ONE, 2))
    delivered = bench.deliver(bench.raw(ONE, b"\xff\x00 no bell"))
    assert bench.is_exact(ONE)
    (corrupt,) = delivered.corrupt
    assert "a record of 10 bytes with the partition key 'account-1' is no bell of the relay" in corrupt


def test_a_corrupt_record_beside_good_ones_of_its_stream_still_does(bench: Bench) -> None:
    first, second = history(ONE, 2)
    bench.store(first, second)
    bench.deliver(bench.record(first), bench.raw(ONE, b"{}"))  # the second one's record, damaged
    assert bench.is_exact(ONE)


@pytest.mark.parametrize("key", ["account-", "account- ", "account-é", "account-" + "x" * 249])
def test_a_key_that_is_no_stream_is_told_and_left(bench: Bench, key: str) -> None:
    (one,) = history(ONE, 1)
    bench.store(one)
    delivered = bench.deliver(bench.raw(key, b"{}"), bench.record(one))
    assert len(delivered.corrupt) == 1
    assert [offered.stream for offered in delivered.offered] == [ONE]
    assert delivered.retry_from is None


def test_records_of_other_categories_are_passed_over(bench: Bench) -> None:
    (one,) = history(ONE, 1)
    bench.store(one)
    others = [bench.raw(key, b"whatever") for key in ("accounts-1", "aircraft-1", "account", "")]
    delivered = bench.deliver(*others, bench.record(one))
    assert (delivered.passed_over, delivered.corrupt, len(delivered.offered)) == (4, (), 1)


def test_a_commit_that_can_not_be_read_is_looked_up(bench: Bench) -> None:
    (one,) = history(ONE, 1)
    bench.store(one)
    item = commit_item(one).item | {"codec": {"S": "lz77"}}
    delivered = bench.deliver(bench.raw(ONE, dump_bell(Bell(ONE, 1, item, AT))))
    assert bench.is_exact(ONE)
    assert delivered.offered[0].healed == 1


def test_the_batch_is_handed_back_from_the_first_record_of_those_that_failed(bench: Bench) -> None:
    commits = [one for stream in (ONE, TWO, THREE) for one in history(stream, 2)]
    bench.store(*commits)
    bench.rows.out = {TWO: Unavailable("the table is away"), THREE: Unavailable("and so is its other half")}
    records = [bench.record(commits[place]) for place in (0, 5, 3, 1, 2, 4)]
    delivered = bench.deliver(*records)
    assert delivered.retry_from == "2"
    assert delivered.trouble == "and so is its other half"
    assert [offered.stream for offered in delivered.offered] == [ONE]
    assert bench.is_exact(ONE)
    del bench.rows.out[THREE]
    assert bench.deliver(*records).retry_from == "3"
    bench.rows.out.clear()
    assert bench.deliver(*records[2:]).retry_from is None
    assert bench.is_exact(ONE, TWO, THREE)


def test_what_counts_as_transient_is_the_callers_to_say(bench: Bench) -> None:
    bench.store(*history(ONE, 1))
    bench.rows.out = {ONE: KeyError("x")}
    with pytest.raises(KeyError):
        bench.deliver(bench.raw(ONE, b""))
    lenient = Delivery(
        bench.delivery._gate, "account", bench.main, no_object, transient=lambda exc: isinstance(exc, KeyError)
    )
    assert lenient.deliver([bench.raw(ONE, b"")], bench.until).retry_from == "2"


def test_a_stream_that_waits_holds_no_other(bench: Bench) -> None:
    bench.store(*history(ONE, 1), *history(TWO, 1))
    arrived = threading.Event()

    class Slow(MoodyRows):
        def get(self, stream: StreamId, until: Deadline) -> Row | None:
            if stream == ONE:
                assert arrived.wait(10)
            else:
                arrived.set()
            return super().get(stream, until)

    rows = Slow()
    gate = Gate(Fold(ledger(), bench.log, call=bench.main.call), rows, bench.log)
    delivery = Delivery(gate, "account", bench.main, no_object)
    assert delivery.deliver([bench.raw(ONE, b""), bench.raw(TWO, b"")], bench.until).retry_from is None
    assert len(rows._rows) == 2


def test_a_foreign_epoch_is_raised_after_everything_else_was_done(bench: Bench) -> None:
    foreign, good = commit(ONE, 1, 5, epoch=2), history(TWO, 1)[0]
    bench.store(foreign, good, *history(THREE, 1))
    bench.rows.out = {THREE: Unavailable("away")}
    with pytest.raises(WrongEpoch, match="version 1 of account-1 is of epoch 2, ledger-1 is set to 1"):
        bench.deliver(bench.record(foreign), bench.raw(THREE, b""), bench.record(good))
    assert bench.is_exact(TWO)
    assert bench.rows._rows.keys() == {TWO}


def overflowed(of: Commit) -> tuple[bytes, bytes]:
    """The bell of a commit whose events lie in an object, and the object's content."""
    item = dict(commit_item(of).item)
    content = item.pop("events")["S"].encode()
    return dump_bell(Bell(of.stream, of.version, {**item, "overflow": {"S": "the/key"}}, AT)), content


def test_the_events_of_a_large_commit_are_fetched() -> None:
    blobs, (one,) = MemoryBlobs(), history(ONE, 1)
    bench = Bench(lambda key: blobs.get(key, Deadline.after(1)))
    bench.store(one)
    bell, content = overflowed(one)
    blobs.put("the/key", content, bench.until)
    delivered = bench.deliver(bench.raw(ONE, bell))
    assert bench.is_exact(ONE)
    assert delivered.offered[0].healed == 0


@pytest.mark.parametrize("exc", [Unavailable("S3 is away"), BlobsUnusable("S3 refuses the read")], ids=repr)
def test_an_object_that_can_not_be_had_is_left_to_the_stream(exc: Exception) -> None:
    def fetch(key: str) -> bytes:
        raise exc

    bench, one, two = Bench(fetch), *history(ONE, 1), *history(TWO, 1)
    bench.store(two)
    bell, _ = overflowed(one)
    bench.rows.out = {ONE: exc}  # as the table's read of the same commit would end
    bench.delivery._transient = lambda exc: True
    assert bench.deliver(bench.raw(ONE, bell), bench.record(two)).retry_from == "1"
    assert bench.is_exact(TWO)

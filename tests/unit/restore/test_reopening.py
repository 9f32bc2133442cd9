"""Which chunks a restore makes uncertain, and what their records say then."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tallygate.batch import Context, Item
from tallygate.batch.records import ChunkRecord, Failure, Manifest, Outcome, Source
from tallygate.batch.reporter import BATCH
from tallygate.deadline import Deadline
from tallygate.restore.reopening import CLOCKS, Place, Records, Reopened, doubted, lines, reopen, uncertain
from tests.unit.batch.batches import Bench

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
SWITCHED = AT + timedelta(hours=2)
SECOND = timedelta(seconds=1)
NOTHING = Source(bucket="b", key="k", version="v")


def place(batch: str, i: int, at: datetime, *, generation: int = 0, outcome: Outcome = Outcome.DONE) -> Place:
    manifest = Manifest(
        batch=batch,
        generation=generation,
        items=20,
        chunk_size=5,
        chunks=4,
        shards=1,
        columns=("id",),
        source=NOTHING,
        index=NOTHING,
        since=AT,
        started=AT,
        deadline=AT,
        parameters={"name": batch},
    )
    ok, failed = (4, 1) if outcome is Outcome.DONE else (0, 0)
    failures = (Failure("x", "ValueError", 3),) if failed else ()
    record = ChunkRecord(
        i=i, outcome=outcome, attempt=f"a{i}", ok=ok, failed=failed, abandoned=5 - ok - failed, failures=failures, at=at
    )
    return Place(manifest=manifest, record=record)


class MemoryRecords:
    """The batches table, and what is asked of it."""

    def __init__(self, *places: Place) -> None:
        self._places = places
        self.asked: list[str] = []

    def chunks(self, until: Deadline) -> Iterable[Place]:
        return self._places

    def manifest(self, batch: str, generation: int, until: Deadline) -> Manifest | None:
        manifests = (place.manifest for place in self._places)
        return next((one for one in manifests if (one.batch, one.generation) == (batch, generation)), None)

    def doubt(self, place: Place, now: datetime, until: Deadline) -> None:
        self.asked.append(f"doubt {place.manifest.batch}/{place.record.i}")

    def forget_report(self, manifest: Manifest, until: Deadline) -> None:
        self.asked.append(f"forget {manifest.batch} g{manifest.generation}")


def look(records: Records, at: datetime = AT, before: datetime = SWITCHED) -> dict[str, Reopened]:
    return uncertain(records, at, before, Deadline.after(1))


def found(*places: Place) -> dict[str, list[int]]:
    batches = look(MemoryRecords(*places))
    return {name: [one.record.i for one in batch.places] for name, batch in batches.items()}


def test_chunks_that_were_done_between_the_time_and_the_switch_are_uncertain() -> None:
    assert found(
        place("b", 0, AT - CLOCKS),  # its commits are older than the time, whatever the clocks
        place("b", 1, AT - CLOCKS + SECOND),
        place("b", 2, SWITCHED),
        place("b", 3, SWITCHED + SECOND),  # done on the new table
    ) == {"b": [1, 2]}


def test_what_is_abandoned_is_uncertain_already() -> None:
    assert found(place("b", 0, SWITCHED, outcome=Outcome.ABANDONED)) == {}


def test_of_earlier_generations_it_is_only_told() -> None:
    batches = look(MemoryRecords(place("b", 0, SWITCHED), place("b", 1, SWITCHED, generation=1)))
    assert ([one.manifest.generation for one in batches["b"].places], batches["b"].earlier) == ([1], 1)
    assert "b: 1 chunks of earlier generations stay as they are" in "\n".join(lines(batches, done=False))


def test_the_batch_s_count_stays_its_count() -> None:
    before = place("b", 0, SWITCHED).record
    after = doubted(before, SWITCHED)
    assert after.ok + after.failed + after.abandoned == before.ok + before.failed + before.abandoned == 5
    assert (after.outcome, after.abandoned, after.failures) == (Outcome.ABANDONED, 5, ())
    assert after.attempt != before.attempt, "a late worker must not take it for its own"


def test_the_report_goes_first_and_again_in_the_end() -> None:
    """Whoever stops in between finds all that is left by repeating the command."""
    records = MemoryRecords(place("b", 0, SWITCHED), place("b", 1, SWITCHED))
    reopen(look(records), records, AT, Deadline.after(1))
    assert records.asked == ["forget b g0", "doubt b/0", "doubt b/1", "forget b g0"]


def test_what_to_do_next_is_said_only_when_it_is_done() -> None:
    batches = look(MemoryRecords(place("b", 0, SWITCHED)))
    assert list(lines(batches, done=False)) == ["b: 4 items in 1 chunks would be uncertain again (--yes)"]
    assert '{"redrive": "b"}' in list(lines(batches, done=True))[1]
    again = look(MemoryRecords(place("b", 0, SWITCHED, generation=2)))
    assert list(lines(again, done=True))[1:] == ['  {"redrive": "b"} twice: the first reports generation 2 anew']
    assert list(lines({}, done=False)) == [
        "no batch has counted anything that may be lost (nor in the five minutes before that time)"
    ]


class BenchRecords:
    """The records of a batch in memory, as the batches table has them."""

    def __init__(self, bench: Bench) -> None:
        self._bench, self._store = bench, bench.records

    def chunks(self, until: Deadline) -> Iterable[Place]:
        for manifest in filter(None, (self._store.manifest("b1", one) for one in (0, 1))):
            yield from (Place(manifest=manifest, record=record) for record in self._store.chunks(manifest))

    def manifest(self, batch: str, generation: int, until: Deadline) -> Manifest | None:
        return self._store.manifest(batch, generation)

    def doubt(self, place: Place, now: datetime, until: Deadline) -> None:
        key = (place.manifest.batch, place.manifest.generation, f"chunk#{place.record.i}")
        self._store._records[key] = doubted(place.record, now)

    def forget_report(self, manifest: Manifest, until: Deadline) -> None:
        self._store._records.pop((manifest.batch, manifest.generation, "report"), None)


def test_a_batch_that_was_redriven_before_is_complete_again_as_it_is_said() -> None:
    failing = {"1"}

    def process(item: Item, _context: Context) -> None:
        if item.id in failing:
            raise ValueError(item.id)

    bench = Bench(process)
    bench.upload(1, 2, 3)
    bench.plan()
    ended(bench, 0)
    failing.clear()
    bench.clock.sleep(3600)
    at = bench.clock()
    assert bench.plan_raw({"redrive": "b1"}, "first")["generation"] == 1
    bench.clock.sleep(60)
    assert ended(bench, 1)["status"] == "complete"

    records = BenchRecords(bench)
    reopen(look(records, at, bench.clock()), records, bench.clock(), Deadline.after(1))
    bench.clock.sleep(60)
    assert bench.plan_raw({"redrive": "b1"}, "second")["generation"] == 1
    assert (ended(bench, 1)["status"], ended(bench, 1)["abandoned"]) == ("partial", 1)
    assert bench.plan_raw({"redrive": "b1"}, "third")["generation"] == 2
    last = ended(bench, 2)
    assert (last["status"], last["batch_ok"]) == ("complete", 3)
    assert ended(bench, 2) == last
    # What was told before has survived, and is corrected: summed over the last of each generation, nothing is twice.
    assert told(bench) == [(0, 2), (1, 1), (1, 0), (2, 1)]


def test_a_batch_whose_redrive_is_planned_is_not_reopened_under_it() -> None:
    """The redrive counts on the report from which it was planned, and none of its chunks need have a record yet."""

    def process(item: Item, _context: Context) -> None:
        if item.id == "1":
            raise ValueError(item.id)

    bench = Bench(process)
    bench.upload(1, 2, 3)
    bench.plan()
    at = bench.clock()
    bench.clock.sleep(60)
    assert ended(bench, 0)["ok"] == 2
    assert bench.plan_raw({"redrive": "b1"}, "first")["generation"] == 1

    records = BenchRecords(bench)
    batches = look(records, at, bench.clock())
    assert (batches["b1"].places, batches["b1"].earlier) == ([], 1)
    reopen(batches, records, bench.clock(), Deadline.after(1))
    last = ended(bench, 1)
    assert (last["status"], last["batch_ok"]) == ("partial", 2)


def test_who_slept_over_the_reopening_does_not_tell_the_report_that_was_before_as_the_last() -> None:
    bench = Bench()
    bench.upload(1, 2, 3)
    bench.plan()
    at = bench.clock()
    bench.clock.sleep(60)
    ended(bench, 0)
    manifest, sleeper = bench.manifest(), bench.reporter()
    before = bench.records.report(manifest)
    assert before is not None
    records = BenchRecords(bench)
    reopen(look(records, at, bench.clock()), records, bench.clock(), Deadline.after(1))
    bench.clock.sleep(60)
    assert ended(bench, 0)["ok"] == 0
    sleeper._tell(manifest, before)
    assert told(bench) == [(0, 3), (0, 0)]


def told(bench: Bench) -> list[tuple[int, int]]:
    """Of each event on the batch's stream, its generation and what is ok."""
    commits = bench.log.read(BATCH.stream("b1"), after=0, until=Deadline.after(1))
    return [(event.data["generation"], event.data["ok"]) for commit in commits for event in commit.events]


def ended(bench: Bench, generation: int) -> dict[str, object]:
    for task in bench.tasks(generation=generation):
        bench.work(task)
    bench.gatekeeper().check("b1", generation)
    return bench.reporter().report("b1", generation)

"""What must be true of a batch, whatever happens. One function each; the name is the invariant.

Those of `ALWAYS` are true of what is stored, after every single step. Those of `AT_THE_END` are true once everything
has ended.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from tallygate.batch.chunk import Chunk
from tallygate.batch.chunk_index import ChunkIndex
from tallygate.batch.memory import MemoryBatchStore
from tallygate.batch.memory_objects import MemoryObjectStore
from tallygate.batch.records import ChunkRecord, Manifest, Outcome, Report
from tests.simulation.machine import Machine
from tests.simulation.operator import Operator
from tests.simulation.world import World


class Stored(Protocol):
    """What the invariants look at."""

    @property
    def memory(self) -> MemoryBatchStore:
        """The batches table."""
        ...

    @property
    def objects(self) -> MemoryObjectStore:
        """The buckets."""
        ...

    @property
    def effects(self) -> Counter[str]:
        """How often each took place, by `batch/item`."""
        ...


class Broken(AssertionError):
    """An invariant doesn't hold."""


class Seen:
    """The state of the world when it was looked at last: what was written can be told from what was changed."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, int, str], object] = {}
        self.effects = 0
        self._indexes: dict[str, list[Chunk]] = {}

    def chunk(self, world: Stored, manifest: Manifest, i: int) -> Chunk:
        """A chunk of the index, which never changes."""
        if manifest.index.key not in self._indexes:
            self._indexes[manifest.index.key] = list(ChunkIndex(world.objects, manifest.index, manifest.chunks))
        return self._indexes[manifest.index.key][i]


def look(world: Stored, seen: Seen) -> None:
    """Check the invariants of `ALWAYS`, where something was written since the last look."""
    stored, effects = world.memory._records, len(world.effects)
    if effects != seen.effects or world.effects.total() != effects:
        seen.effects = effects
        no_item_has_two_effects(world)
    a_record_never_changes(stored, seen.records)
    for key in stored.keys() - seen.records.keys():
        record = stored[key]
        if isinstance(record, ChunkRecord):
            manifest = stored[*key[:2], "manifest"]
            a_chunk_record_accounts_for_all_its_items(world, manifest, record, seen)
            what_is_counted_ok_is_durable(world, manifest, record, seen)
        elif isinstance(record, Report):
            the_report_is_the_fold_over_all_records(stored, stored[*key[:2], "manifest"], record)
        seen.records[key] = record


def a_record_never_changes(
    stored: dict[tuple[str, int, str], object], seen: dict[tuple[str, int, str], object]
) -> None:
    """What was written once stands: a manifest, a chunk's record, a report. It is neither replaced nor deleted."""
    for key, record in seen.items():
        if stored.get(key) is not record and stored.get(key) != record:
            raise Broken(f"{key} was {record}, is {stored.get(key)}")


def no_item_has_two_effects(world: Stored) -> None:
    """What an item does takes place at most once, in all generations together; so does the announcement of a report."""
    for item, times in world.effects.items():
        if times > 1:
            raise Broken(f"{item} took effect {times} times")


def a_chunk_record_accounts_for_all_its_items(
    world: Stored, manifest: Manifest, record: ChunkRecord, seen: Seen
) -> None:
    """ok + failed + abandoned of a record is the chunk's number of items, and the failed ones are named."""
    chunk = seen.chunk(world, manifest, record.i)
    if record.ok + record.failed + record.abandoned != chunk.items or len(record.failures) != record.failed:
        raise Broken(f"{chunk} is accounted for by {record}")


def what_is_counted_ok_is_durable(world: Stored, manifest: Manifest, record: ChunkRecord, seen: Seen) -> None:
    """An item that a record counts as ok has had its effect before the record was there, exactly once."""
    if record.outcome is Outcome.ABANDONED:
        return
    failed = {failure.id for failure in record.failures}
    for item in _items(world, manifest, seen.chunk(world, manifest, record.i)):
        if item not in failed and world.effects[f"{manifest.batch}/{item}"] != 1:
            raise Broken(f"item {item} of {manifest.batch} is counted ok by {record} without its effect")


def the_report_is_the_fold_over_all_records(
    stored: dict[tuple[str, int, str], object], manifest: Manifest, report: Report
) -> None:
    """A report stands only over all records, and says their sums; together they are the items."""
    records = [stored.get((manifest.batch, manifest.generation, f"chunk#{i}")) for i in range(manifest.chunks)]
    whole = [record for record in records if isinstance(record, ChunkRecord)]
    sums = tuple(sum(getattr(record, name) for record in whole) for name in ("ok", "failed", "abandoned"))
    if len(whole) < manifest.chunks or sums != (report.ok, report.failed, report.abandoned):
        raise Broken(f"{report} over {len(whole)} of {manifest.chunks} records that say {sums}")
    if sum(sums) != manifest.items or report.items != manifest.items:
        raise Broken(f"{report} for {manifest.items} items")


# ---- at the end


def every_execution_ends(_world: World, operators: Sequence[Operator]) -> None:
    """When nothing goes wrong any more, every execution comes to its report, or was refused."""
    for machine in _machines(operators):
        if machine.report is None and not machine.refused:
            raise Broken(f"{machine.name} has not ended: {machine.state}")


def everybody_is_told_the_same(world: World, operators: Sequence[Operator]) -> None:
    """What an execution returns is the report that stands, also where a batch was started or redriven twice."""
    for machine in _machines(operators):
        if machine.report is None:
            continue
        told = machine.report
        report = world.memory._records.get((told["batch"], told["generation"], "report"))
        if not isinstance(report, Report) or any(
            told[name] != getattr(report, name) for name in ("items", "ok", "failed", "abandoned", "status")
        ):
            raise Broken(f"{machine.name} was told {told}, the report is {report}")


def a_generation_is_announced_once(world: World, _operators: Sequence[Operator]) -> None:
    """One event for each report."""
    for report in _reports(world):
        if world.effects[f"{report.batch}/g{report.generation}/report"] != 1:
            raise Broken(f"{report} was announced {world.effects[f'{report.batch}/g{report.generation}/report']} times")


def at_most_one_attempt_wins(world: World, _operators: Sequence[Operator]) -> None:
    """Of a chunk's attempts one is told that it won, and only if its record stands."""
    won: Counter[tuple[str, int, int]] = Counter()
    for task, ended in world.attempts:
        if ended == "won":
            key = (task.batch, task.generation, task.chunk.i)
            won[key] += 1
            record = world.memory._records[task.batch, task.generation, f"chunk#{task.chunk.i}"]
            if won[key] > 1 or record.outcome is not Outcome.DONE:
                raise Broken(f"{won[key]} attempts won {key}, whose record is {record}")


def a_generation_is_what_the_one_before_left(world: World, _operators: Sequence[Operator]) -> None:
    """items(g+1) = failed(g) + abandoned(g); the ok of all generations add up, to at most the batch's items."""
    stored = world.memory._records
    for report in _reports(world):
        first = stored[report.batch, 0, "manifest"]
        if report.generation:
            before = stored[report.batch, report.generation - 1, "report"]
            if report.items != before.failed + before.abandoned:
                raise Broken(f"{report} after {before}")
        ok = sum(stored[report.batch, g, "report"].ok for g in range(report.generation + 1))
        if (report.batch_ok, report.batch_items) != (ok, first.items) or ok > first.items:
            raise Broken(f"{report}: {ok} of {first.items} items are ok in all generations")


def no_item_is_counted_ok_twice(world: World, _operators: Sequence[Operator]) -> None:
    """What one generation has counted ok is in none of those after it."""
    counted: Counter[str] = Counter()
    for (batch, generation, _), record in world.memory._records.items():
        if isinstance(record, ChunkRecord) and record.outcome is Outcome.DONE:
            manifest = world.memory._records[batch, generation, "manifest"]
            chunk = list(ChunkIndex(world.objects, manifest.index, manifest.chunks))[record.i]
            failed = {failure.id for failure in record.failures}
            counted.update(f"{batch}/{item}" for item in _items(world, manifest, chunk) if item not in failed)
    if twice := [item for item, times in counted.items() if times > 1]:
        raise Broken(f"{twice} are counted ok in two generations")


def a_clean_redrive_completes_the_batch(world: World, operators: Sequence[Operator]) -> None:
    """Redriven when nothing goes wrong any more, every item is ok, and has had its one effect."""
    for operator in operators:
        machine = operator.last
        if machine is None:
            continue
        told = machine.report
        if told is None or told["status"] != "complete" or told["batch_ok"] != told["batch_items"]:
            raise Broken(f"{machine.name} redrove the batch, and it came to {machine.refused or told}")
        for item in range(told["batch_items"]):
            times = world.effects[f"{told['batch']}/{item}"]
            if times != 1:
                raise Broken(f"item {item} of {told} has had {times} effects")


ALWAYS = (
    a_record_never_changes,
    no_item_has_two_effects,
    a_chunk_record_accounts_for_all_its_items,
    what_is_counted_ok_is_durable,
    the_report_is_the_fold_over_all_records,
)
AT_THE_END = (
    every_execution_ends,
    everybody_is_told_the_same,
    a_generation_is_announced_once,
    at_most_one_attempt_wins,
    a_generation_is_what_the_one_before_left,
    no_item_is_counted_ok_twice,
    a_clean_redrive_completes_the_batch,
)


def _machines(operators: Sequence[Operator]) -> Iterator[Machine]:
    return (machine for operator in operators for machine in operator.machines)


def _reports(world: World) -> Iterator[Report]:
    return (record for record in world.memory._records.values() if isinstance(record, Report))


def _items(world: Stored, manifest: Manifest, chunk: Chunk) -> list[str]:
    content = world.objects.read(manifest.source, chunk.start, chunk.end)
    return [line.split(",")[0] for line in content.decode().split("\n")[: chunk.items]]

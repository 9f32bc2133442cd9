"""An environment in memory, for the smoke test to look at: the real protocol on twins."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tallygate.batch.plan.location import Location
from tallygate.batch.records import ChunkRecord
from tallygate.deadline import Deadline
from tallygate.events import EventStore
from tallygate.smoke.deployed import Ended, Stream
from tallygate.smoke.worker import SMOKE, STREAM
from tests.unit.batch.batches import Bench


class Benched:
    """The in-memory twin of `AwsDeployed`. What tests take away or add is a field."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.bench.workers = (SMOKE,)
        self.events = EventStore(self.bench.log, now=self.bench.clock)
        self.skipped: set[int] = set()  # chunks that nobody works on
        self.status = "SUCCEEDED"
        self.started: list[str] = []

    def upload(self, name: str, content: str) -> str:
        where = Location(bucket="batches", key=f"manifests/smoke/{name}.csv")
        self.bench.objects.upload(where, content.encode())
        return str(where)

    def run(self, execution: str, given: Mapping[str, object], until: Deadline) -> Ended:
        self.started.append(execution)
        if self.status != "SUCCEEDED":
            return Ended(status=self.status, output={}, why="BadInput: no such worker")
        batch = str(self.bench.plan_raw(dict(given), execution)["batch"])
        for task in self.bench.tasks(batch):
            if task.chunk.i not in self.skipped:
                self.bench.work(task)
        return Ended(status="SUCCEEDED", output=self._report(batch))

    def records(self, batch: str) -> Sequence[ChunkRecord]:
        return list(self.bench.records.chunks(self.bench.manifest(batch)))

    def stream(self, id: str) -> Stream:
        loaded = self.events.load(STREAM, id)
        return Stream(version=loaded.version, state=loaded.state)

    def _report(self, batch: str) -> Mapping[str, object]:
        if self.skipped:
            return {"items": 200, "ok": 200, "failed": 0, "abandoned": 0}  # a report that counts what nobody did
        return self.bench.reporter().report(batch, 0)


class DoubledStream(Benched):
    """One entry stands twice in its stream, as where an effect is repeated."""

    def stream(self, id: str) -> Stream:
        found = super().stream(id)
        return replace(found, state=replace(found.state, items=(*found.state.items, found.state.items[0])))


class Restless(Benched):
    """A second start does everything anew."""

    def run(self, execution: str, given: Mapping[str, object], until: Deadline) -> Ended:
        return super().run(execution, {**given, "name": execution}, until)
